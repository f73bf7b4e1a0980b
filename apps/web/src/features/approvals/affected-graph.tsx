'use client';
import { type KeyboardEvent, useId, useMemo, useRef, useState } from 'react';
import { cn } from '@/ui/cn';
import { ScrollBox } from '@/ui/scroll-box';
import { plural } from '@/vocabulary/format';
import {
  type AffectedGraph,
  gap,
  type Line,
  layoutAffected,
  leftOutWords,
  nodeSize,
  type Placed,
  walkFrom,
  wordsOf,
} from './affected-layout';
import { layerName } from './layers';

const headPx = 28;
const edgePx = 3;

/** What changed at the left, and from column to column what it reaches: files as boxes, imports as lines. */
export function AffectedGraphView({ graph }: { graph: AffectedGraph }) {
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const layout = useMemo(() => layoutAffected(graph, open), [graph, open]);
  const [current, setCurrent] = useState(0);
  const [told, setTold] = useState<number | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const wordsId = useId();
  const near = told ?? -1;
  const shown = layout.placed[near];
  const toggle = (column: number) =>
    setOpen((old) => {
      const next = new Set(old);
      if (!next.delete(column)) next.add(column);
      return next;
    });
  const onKeyDown = (event: KeyboardEvent) => {
    const next = walkFrom(layout, current, event.key);
    if (next === null) return;
    event.preventDefault();
    box.current?.querySelector<HTMLElement>(`[data-box="${next}"]`)?.focus();
  };
  const leftOut = leftOutWords(graph);
  return (
    <section aria-label="Affected files as a graph" data-testid="affected-graph" className="rounded-lg border border-line bg-surface">
      <ScrollBox label="Affected files; arrow keys go from file to file" className="overflow-x-auto p-3">
        {/* biome-ignore lint/a11y/noStaticElementInteractions: arrow keys go from button to button */}
        <div
          ref={box}
          onKeyDown={onKeyDown}
          className="relative mx-auto"
          style={{ width: layout.width + 2 * edgePx, height: layout.height + headPx + edgePx }}
        >
          {layout.columns.map((column, i) => (
            <p
              key={column.index}
              className="absolute top-0 truncate text-ink-3 text-xs"
              style={{ left: i * (nodeSize.width + gap.x) + edgePx, width: nodeSize.width }}
            >
              {column.name} · {plural(column.files, 'file')}
            </p>
          ))}
          <Lines layout={layout} near={near} />
          {layout.placed.map((p, i) => (
            <Box
              key={p.kind === 'rest' ? `rest ${p.column}` : graph.nodes[p.place]?.path}
              placed={p}
              graph={graph}
              describedBy={wordsId}
              index={i}
              isCurrent={i === Math.min(current, layout.placed.length - 1)}
              onNear={(is) => {
                if (is) setCurrent(i);
                setTold(is ? i : null);
              }}
              onToggle={() => toggle(p.column)}
            />
          ))}
        </div>
      </ScrollBox>
      <p id={wordsId} className="min-h-24 break-words sm:min-h-12 border-line border-t px-3 py-1.5 text-ink-3 text-xs">
        {shown?.kind === 'file' ? (
          <>
            <bdi className="font-mono text-ink-2">{graph.nodes[shown.place]?.path}</bdi> {wordsOf(graph, shown.place)}
          </>
        ) : (
          `L1 to L4: the layer of a file, 1 core reasoning to 4 tools. ${leftOut}`
        )}
      </p>
    </section>
  );
}

function Lines({ layout, near }: { layout: ReturnType<typeof layoutAffected>; near: number }) {
  const path = ({ from, to, same }: Line): string => {
    const [a, b] = [layout.placed[from] as Placed, layout.placed[to] as Placed];
    const [ay, by] = [a.y + nodeSize.height / 2, b.y + nodeSize.height / 2];
    const right = a.x + nodeSize.width;
    if (same) return `M ${right} ${ay} C ${right + 28} ${ay}, ${right + 28} ${by}, ${right} ${by}`;
    const [start, end] = a.x > b.x ? [b.x + nodeSize.width, a.x] : [right, b.x];
    const [startY, endY] = a.x > b.x ? [by, ay] : [ay, by];
    const middle = (start + end) / 2;
    return `M ${start} ${startY} C ${middle} ${startY}, ${middle} ${endY}, ${end} ${endY}`;
  };
  const isNear = (l: Line) => l.from === near || l.to === near;
  return (
    <svg
      aria-hidden
      className="absolute overflow-visible"
      style={{ left: edgePx, top: headPx }}
      width={layout.width}
      height={layout.height}
    >
      {layout.lines
        .toSorted((a, b) => Number(isNear(a)) - Number(isNear(b)))
        .map((line) => (
          <path
            key={`${line.from} ${line.to}`}
            d={path(line)}
            fill="none"
            strokeWidth={isNear(line) ? 2 : 1.25}
            className={isNear(line) ? 'stroke-accent' : 'stroke-line-strong'}
          />
        ))}
    </svg>
  );
}

/** Of the strip at the left: lower layers weigh more. */
const layerTint: Record<number, string> = { 1: 'bg-danger', 2: 'bg-attention', 3: 'bg-active', 4: 'bg-line-strong' };

function Box({
  placed,
  graph,
  index,
  isCurrent,
  describedBy,
  onNear,
  onToggle,
}: {
  placed: Placed;
  graph: AffectedGraph;
  index: number;
  isCurrent: boolean;
  describedBy: string;
  onNear(is: boolean): void;
  onToggle(): void;
}) {
  const node = placed.kind === 'file' ? graph.nodes[placed.place] : undefined;
  const common = {
    type: 'button' as const,
    'data-box': index,
    tabIndex: isCurrent ? 0 : -1,
    onFocus: () => onNear(true),
    onBlur: () => onNear(false),
    onPointerEnter: () => onNear(true),
    onPointerLeave: () => onNear(false),
    style: { left: placed.x + edgePx, top: placed.y + headPx, ...nodeSize },
  };
  if (placed.kind === 'rest')
    return (
      <button
        {...common}
        onClick={onToggle}
        aria-expanded={placed.open}
        className="absolute rounded-md border border-line-strong border-dashed bg-surface px-2.5 text-left text-ink-2 text-xs hover:bg-hover"
      >
        {placed.open ? 'Show fewer' : `… ${placed.count} more`}
      </button>
    );
  if (!node) return null;
  const slash = node.path.lastIndexOf('/');
  return (
    <button
      {...common}
      title={node.path}
      aria-label={`${node.path}, ${layerName(node.layer)}`}
      aria-describedby={describedBy}
      className={cn(
        'absolute flex items-stretch overflow-hidden rounded-md border text-left hover:border-accent focus-visible:border-accent',
        node.steps === 0 ? 'border-accent bg-accent-soft' : 'border-line bg-surface',
      )}
    >
      <span aria-hidden className={cn('w-1 shrink-0', node.layer === null ? 'bg-transparent' : layerTint[node.layer])} />
      <span className="flex min-w-0 flex-1 flex-col justify-center px-2">
        <bdi className="truncate font-mono text-xs">{node.path.slice(slash + 1)}</bdi>
        <span className="truncate text-2xs text-ink-3">{node.opaque ? 'may load anything' : node.path.slice(0, Math.max(0, slash))}</span>
      </span>
      <span className="self-center pr-2 text-2xs text-ink-3">{node.layer === null ? 'no layer' : `L${node.layer}`}</span>
    </button>
  );
}
