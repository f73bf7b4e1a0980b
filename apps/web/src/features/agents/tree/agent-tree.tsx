'use client';
import { ReactFlow, ReactFlowProvider, useReactFlow, useStoreApi } from '@xyflow/react';
import { type ReactNode, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { whenIdle } from '@/ui/when-idle';
import { BurnProvider } from '../burn';
import type { AgentView } from '../use-agent-view';
import { AgentNode } from './agent-node';
import {
  anchored,
  dotsBelowZoom,
  firstView,
  inView,
  nearestTo,
  needsRebuild,
  padPx,
  rowAt,
  type Size,
  scrolledTo,
  type Viewport,
} from './culling';
import { pixelsBelowZoom, stretched } from './draw';
import { boundsOf } from './layout';
import { MoreNode } from './more-node';
import { NodeCache, type TreeNode } from './node-cache';
import { cardId, type TreeActions, TreeActionsProvider } from './tree-actions';
import { TreeCanvas } from './tree-canvas';
import { TreeControls } from './tree-controls';
import { useTreeKeys } from './tree-keys';
import { type Scene, usePlaced } from './use-placed';

const nodeTypes = { agent: AgentNode, more: MoreNode };
const pro = { hideAttribution: true };
const words = {
  'controls.ariaLabel': 'Zoom',
  'node.a11yDescription.default': 'Arrow keys walk the tree, Enter opens the inspector.',
};

type Props = {
  view: AgentView;
  selected: string | null;
  onSelect(id: string | null): void;
  /** Drawn in place of the tree until there is a fleet. */
  waiting?: ReactNode;
};
const nothing: Scene = { rows: [], placed: { x: new Float32Array(), y: new Float32Array() } };

/**
 * Measures its box first, so that the very first paint already shows the right part at the right size. What needs no agent is
 * mounted before the fleet has come: it would stand between the last byte and the first picture, a third of that way.
 */
export function AgentTree({ waiting, ...props }: Props) {
  const scene = usePlaced(props.view.rows);
  const box = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState<Size | null>(null);
  useLayoutEffect(() => {
    const r = box.current?.getBoundingClientRect();
    if (r) setSize({ width: r.width, height: r.height });
  }, []);
  return (
    <div ref={box} className="relative isolate flex min-h-0 flex-1 flex-col bg-bg">
      {size && (
        <div inert={Boolean(waiting)}>
          <ReactFlowProvider initialWidth={size.width} initialHeight={size.height}>
            <Flow {...props} scene={scene ?? nothing} firstSize={size} />
          </ReactFlowProvider>
        </div>
      )}
      {waiting && <div className="relative flex min-h-0 flex-1 flex-col bg-bg">{waiting}</div>}
    </div>
  );
}

/** What the tree is first seen by; a link to an agent shows that agent. */
function firstLook({ placed, rows }: Scene, size: Size, selected: string | null): Viewport {
  const v = firstView(boundsOf(placed), { x: placed.x[0] ?? 0, y: placed.y[0] ?? 0 }, size);
  const at = selected === null ? -1 : rows.findIndex((r) => r.key === selected);
  return at < 0 ? v : scrolledTo(v, size, { x: placed.x[at] as number, y: placed.y[at] as number });
}

function Flow({ view, selected, onSelect, scene, firstSize }: Omit<Props, 'waiting'> & { scene: Scene; firstSize: Size }) {
  const flow = useReactFlow();
  const store = useStoreApi();
  const { placed, rows } = scene;
  const [first] = useState(() => {
    const v = rows.length ? firstLook(scene, firstSize, selected) : { x: 0, y: 0, zoom: 1 };
    // nobody listens yet: the first picture is drawn from here, not from React Flow's origin and then again
    store.setState({ transform: [v.x, v.y, v.zoom] });
    return v;
  });
  // the first picture is of what one sees; what lies around the screen follows when it has been painted
  const pad = useRef(0);
  const cache = useRef(new NodeCache());
  const [focused, setFocused] = useState<string | null>(null);
  const sizeNow = useCallback((): Size => {
    const { width, height } = store.getState();
    return width && height ? { width, height } : firstSize;
  }, [store, firstSize]);

  /** The cards on screen and around it; the same node object as long as nothing about it changed. */
  const cull = useCallback(
    (v: Viewport): TreeNode[] =>
      v.zoom < dotsBelowZoom
        ? []
        : inView(placed, v, sizeNow(), pad.current).map((i) => cache.current.node(scene, i, selected, focused ?? selected ?? rows[0]?.key)),
    [placed, rows, scene, selected, focused, sizeNow],
  );
  const culledAt = useRef<Viewport>(first);
  const [nodes, setNodes] = useState<TreeNode[]>(() => cull(first));
  const recull = useCallback(
    (v: Viewport) => {
      culledAt.current = v;
      setNodes(cull(v));
    },
    [cull],
  );
  const latest = useRef(recull);
  latest.current = recull;
  const viewport = useCallback((): Viewport => {
    const [x, y, zoom] = store.getState().transform;
    return { x, y, zoom };
  }, [store]);

  const drawn = rows.length > 0;
  useEffect(() => {
    if (!drawn) return;
    // not before the first picture is on screen: a timer would come between the frame and its paint
    const widen = () => {
      pad.current = padPx;
      latest.current(viewport());
    };
    return whenIdle(widen, 300);
  }, [drawn, viewport]);

  // a new layout: what the operator looks at stays where it is, everything else makes room
  const before = useRef(scene);
  useLayoutEffect(() => {
    const old = before.current;
    before.current = scene;
    let v = viewport();
    if (old !== scene && store.getState().panZoom) {
      const move = old.rows.length
        ? pinned(old, scene, v, sizeNow(), view.anchor.current ?? selected)
        : firstLook(scene, sizeNow(), selected);
      if (move) {
        v = move;
        void flow.setViewport(v);
      }
      view.anchor.current = null;
    }
    recull(v);
  }, [scene, selected, view, flow, store, viewport, recull, sizeNow]);

  useEffect(
    () =>
      store.subscribe((s) => {
        const v = { x: s.transform[0], y: s.transform[1], zoom: s.transform[2] };
        if (needsRebuild(culledAt.current, v)) recull(v);
      }),
    [store, recull],
  );

  const show = useCallback(
    (key: string) => {
      const i = rows.findIndex((r) => r.key === key);
      if (i < 0) return;
      let v = viewport();
      if (v.zoom < dotsBelowZoom) v = { ...v, zoom: 0.75 };
      const next = scrolledTo(v, sizeNow(), { x: placed.x[i] as number, y: placed.y[i] as number });
      void flow.setViewport(next);
      recull(next);
    },
    [rows, placed, viewport, sizeNow, flow, recull],
  );
  const keys = useTreeKeys({ rows, selected, focused, setFocused, show, onSelect, toggle: view.toggle, showWhole: view.showWhole });

  // a selection from elsewhere (a link, the menu) comes into view; one by a click is there already
  const shown = useRef(selected);
  useEffect(() => {
    if (selected && selected !== shown.current && rows.some((r) => r.key === selected)) show(selected);
    shown.current = selected;
  }, [selected, rows, show]);

  // the inspector takes room from the tree: what it shows must not end up behind its edge
  useEffect(() => {
    let width = store.getState().width;
    return store.subscribe((s) => {
      if (s.width === width) return;
      width = s.width;
      if (selected) show(selected);
    });
  }, [store, selected, show]);

  const actions = useMemo<TreeActions>(
    () => ({
      select: (id) => {
        shown.current = id;
        setFocused(id);
        onSelect(id);
      },
      toggle: (id) => view.toggle(id),
      showWhole: (id) => view.showWhole(id, true),
    }),
    [view, onSelect],
  );
  const minZoom = useMemo(() => {
    const b = boundsOf(placed);
    return Math.min(0.2, (0.9 * firstSize.height) / (b.height || 1), (0.9 * firstSize.width) / (b.width || 1));
  }, [placed, firstSize]);

  const shownIds = useMemo(() => nodes.flatMap((n) => (n.data.row.kind === 'agent' ? n.data.row.id : [])), [nodes]);

  return (
    <TreeActionsProvider value={actions}>
      <BurnProvider ids={shownIds}>
        {nodes.length > 0 && <div role="tree" aria-label="Agents" tabIndex={-1} aria-owns={nodes.map((n) => cardId(n.id)).join(' ')} />}
        {/* biome-ignore lint/a11y/noStaticElementInteractions: the keys of the cards, heard once */}
        <div className="absolute inset-0" onKeyDown={keys.onKeyDown} ref={keys.container}>
          <ReactFlow
            nodes={nodes}
            nodeTypes={nodeTypes}
            defaultViewport={first}
            width={firstSize.width}
            height={firstSize.height}
            minZoom={minZoom}
            maxZoom={1.5}
            nodesDraggable={false}
            nodesConnectable={false}
            nodesFocusable={false}
            elementsSelectable={false}
            deleteKeyCode={null}
            selectionKeyCode={null}
            multiSelectionKeyCode={null}
            panOnScroll
            zoomOnDoubleClick={false}
            disableKeyboardA11y
            proOptions={pro}
            ariaLabelConfig={words}
            onPaneClick={(e) => {
              const at = pointed(scene, viewport(), sizeNow(), e.clientX, e.clientY, flow.screenToFlowPosition);
              const row = at >= 0 ? rows[at] : undefined;
              if (!row) return onSelect(null);
              if (row.kind === 'agent') actions.select(row.id);
              show(row.key);
            }}
          >
            <TreeCanvas scene={scene} selected={selected} />
          </ReactFlow>
          <TreeControls scene={scene} />
        </div>
      </BurnProvider>
    </TreeActionsProvider>
  );
}

/** The viewport under which the anchor (what was clicked, is selected, or stands in the middle) does not move. */
function pinned(old: Scene, next: Scene, v: Viewport, size: Size, wanted: string | null): Viewport | null {
  const middle = { x: (size.width / 2 - v.x) / v.zoom, y: (size.height / 2 - v.y) / v.zoom };
  const onScreen = (i: number) => inView({ x: old.placed.x.subarray(i, i + 1), y: old.placed.y.subarray(i, i + 1) }, v, size, 0).length > 0;
  let from = wanted === null ? -1 : old.rows.findIndex((r) => r.key === wanted);
  if (from < 0 || !onScreen(from)) from = nearestTo(old.placed, middle);
  // the anchor itself may have gone: then its parent holds the place
  for (let i = from; i >= 0; i = old.rows[i]?.parent ?? -1) {
    const to = next.rows.findIndex((r) => r.key === old.rows[i]?.key);
    if (to < 0) continue;
    const a = { x: old.placed.x[i] as number, y: old.placed.y[i] as number };
    const b = { x: next.placed.x[to] as number, y: next.placed.y[to] as number };
    return a.x === b.x && a.y === b.y ? null : anchored(v, a, b);
  }
  return null;
}

/** The agent under the pointer while the canvas draws them; from near the cards hear the click themselves. */
function pointed(
  scene: Scene,
  v: Viewport,
  size: Size,
  x: number,
  y: number,
  toFlow: (p: { x: number; y: number }) => { x: number; y: number },
): number {
  if (v.zoom >= dotsBelowZoom) return -1;
  const at = toFlow({ x, y });
  if (v.zoom >= pixelsBelowZoom) return rowAt(scene.placed, at, 12);
  const screenX = at.x * v.zoom + v.x;
  return rowAt(scene.placed, { x: stretched(boundsOf(scene.placed), v, size).flowX(screenX), y: at.y }, 3 / v.zoom);
}
