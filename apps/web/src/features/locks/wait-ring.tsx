import type { WaitEdge, WaitNode } from './wait-edges';

const size = 260;
const middle = size / 2;
const radius = 88;
/** Half the width of a node: arrows begin and end outside of it. */
const gap = 15;
const mostNodes = 16;

/** Agents on a ring, an arrow from each to whom it waits for. The list beside it says the same in words. */
export function WaitRing({ nodes, edges, victim, label }: { nodes: WaitNode[]; edges: WaitEdge[]; victim?: string; label: string }) {
  if (nodes.length < 2 || nodes.length > mostNodes) return null;
  const place = new Map(
    nodes.map((n, i) => {
      const angle = (2 * Math.PI * i) / nodes.length - Math.PI / 2;
      return [n.id, { x: middle + radius * Math.cos(angle), y: middle + radius * Math.sin(angle) }];
    }),
  );
  return (
    <svg viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} className="w-full max-w-[260px] shrink-0" data-testid="wait-ring">
      <defs>
        <marker id="wait-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
          <path d="M0 0.5 L7.5 4 L0 7.5 z" className="fill-ink-3" />
        </marker>
      </defs>
      {edges.map((e) => {
        const a = place.get(e.from);
        const b = place.get(e.to);
        if (!a || !b) return null;
        const length = Math.hypot(b.x - a.x, b.y - a.y) || 1;
        const dx = ((b.x - a.x) / length) * gap;
        const dy = ((b.y - a.y) / length) * gap;
        return (
          <line
            key={`${e.from} ${e.at} ${e.to}`}
            x1={a.x + dx}
            y1={a.y + dy}
            x2={b.x - dx}
            y2={b.y - dy}
            markerEnd="url(#wait-arrow)"
            strokeDasharray={e.from === victim ? '3 3' : undefined}
            className={e.from === victim ? 'stroke-danger' : 'stroke-ink-3'}
            strokeWidth={1.5}
          >
            <title>{e.at}</title>
          </line>
        );
      })}
      {nodes.map((n) => {
        const p = place.get(n.id);
        if (!p) return null;
        const below = p.y > middle + 4;
        return (
          <g key={n.id}>
            <circle
              cx={p.x}
              cy={p.y}
              r={9}
              strokeWidth={1.5}
              className={n.id === victim ? 'fill-danger-soft stroke-danger' : 'fill-raised stroke-line-strong'}
            />
            <text x={p.x} y={below ? p.y + 23 : p.y - 15} textAnchor="middle" fontSize={11} className="fill-ink-2">
              {n.name.length > 16 ? `${n.name.slice(0, 15)}…` : n.name}
            </text>
          </g>
        );
      })}
    </svg>
  );
}
