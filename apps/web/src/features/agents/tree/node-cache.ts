import { type NodeHandle, Position } from '@xyflow/react';
import type { AgentFlowNode } from './agent-node';
import { card, moreHeight } from './layout';
import type { MoreFlowNode } from './more-node';
import type { Scene } from './use-placed';

export type TreeNode = AgentFlowNode | MoreFlowNode;

/** Given, not measured: without them React Flow mounts every node once to find out (7.3 s for 10,000). */
const handlesOf = (height: number): NodeHandle[] => [
  { type: 'target', position: Position.Left, x: 0, y: height / 2, width: 1, height: 1 },
  { type: 'source', position: Position.Right, x: card.width, y: height / 2, width: 1, height: 1 },
];
const shape = {
  agent: { width: card.width, height: card.height, measured: { width: card.width, height: card.height }, handles: handlesOf(card.height) },
  more: { width: card.width, height: moreHeight, measured: { width: card.width, height: moreHeight }, handles: handlesOf(moreHeight) },
};

/** Hands out the same object for the same card, so that React Flow and React both skip it. */
export class NodeCache {
  #nodes = new Map<string, TreeNode>();

  node(scene: Scene, i: number, selected: string | null, focusable: string | undefined): TreeNode {
    const row = scene.rows[i] as Scene['rows'][number];
    const x = scene.placed.x[i] as number;
    const y = (scene.placed.y[i] as number) + (row.kind === 'more' ? (card.height - moreHeight) / 2 : 0);
    const isSelected = row.kind === 'agent' && row.id === selected;
    const isFocusable = row.key === focusable;
    const known = this.#nodes.get(row.key);
    if (
      known &&
      known.data.row === row &&
      known.data.selected === isSelected &&
      known.data.focusable === isFocusable &&
      known.position.x === x &&
      known.position.y === y
    )
      return known;
    const node = {
      id: row.key,
      type: row.kind,
      position: { x, y },
      data: { row, selected: isSelected, focusable: isFocusable },
      ...shape[row.kind],
    } as TreeNode;
    if (this.#nodes.size > 5000) this.#nodes.clear();
    this.#nodes.set(row.key, node);
    return node;
  }
}
