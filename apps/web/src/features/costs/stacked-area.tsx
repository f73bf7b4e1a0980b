'use client';
import type { CostSeries } from '@reeve/core/vocabulary';
import { useMemo, useState } from 'react';
import {
  Area,
  AreaChart,
  CartesianGrid,
  ReferenceArea,
  ResponsiveContainer,
  Tooltip,
  type TooltipContentProps,
  XAxis,
  YAxis,
} from 'recharts';
import { formatClock, formatDateTime, formatDuration, formatUsd } from '@/vocabulary/format';
import { chartRows, colourOf } from './series-view';

const tick = { fill: 'var(--ink-3)', fontSize: 11 };

/** At most 120 buckets, replaced at most once a second, never animated. */
export function StackedArea({
  series,
  windowMinutes,
  className,
  onBrush,
}: {
  series: CostSeries;
  windowMinutes: number;
  className: string;
  onBrush(time: { fromMs: number; toMs: number }): void;
}) {
  const [brush, setBrush] = useState<{ a: number; b: number } | null>(null);
  const at = (label: unknown) => (label === undefined || label === null ? undefined : Number(label));
  const end = () => {
    // a click alone is no time; keyboards have the table
    if (brush && brush.a !== brush.b) onBrush({ fromMs: Math.min(brush.a, brush.b), toMs: Math.max(brush.a, brush.b) + series.bucketMs });
    setBrush(null);
  };
  const rows = useMemo(() => chartRows(series), [series]);
  const clock = (ms: number) => (windowMinutes <= 15 ? formatClock(ms) : formatClock(ms).slice(0, 5));
  return (
    <div className={className}>
      <ResponsiveContainer width="100%" height="100%">
        <AreaChart
          data={rows}
          margin={{ top: 4, right: 8, bottom: 0, left: 0 }}
          accessibilityLayer
          className="cursor-crosshair select-none"
          onMouseDown={(s) => {
            const from = at(s.activeLabel);
            setBrush(from === undefined ? null : { a: from, b: from });
          }}
          onMouseMove={(s) => {
            const to = at(s.activeLabel);
            if (brush && to !== undefined) setBrush({ ...brush, b: to });
          }}
          onMouseUp={end}
          onMouseLeave={() => setBrush(null)}
        >
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis
            dataKey="atMs"
            type="number"
            domain={['dataMin', 'dataMax']}
            tickFormatter={clock}
            tick={tick}
            tickLine={false}
            axisLine={{ stroke: 'var(--line-strong)' }}
            minTickGap={56}
          />
          <YAxis tickFormatter={(v: number) => formatUsd(v)} tick={tick} tickLine={false} axisLine={false} width={56} />
          <Tooltip
            isAnimationActive={false}
            cursor={{ stroke: 'var(--ink-3)', strokeDasharray: '3 3' }}
            content={(p) => <Tip {...p} series={series} />}
          />
          {series.keys.map((k, i) => (
            <Area
              key={k.key}
              dataKey={`s${i}`}
              name={k.label}
              stackId="cost"
              type="monotone"
              // no outline: a series that spent nothing would draw its own over all the others
              stroke="none"
              fill={colourOf(i, k.key)}
              fillOpacity={0.65}
              isAnimationActive={false}
              activeDot={false}
            />
          ))}
          {brush && brush.a !== brush.b && (
            <ReferenceArea x1={brush.a} x2={brush.b} fill="var(--accent)" fillOpacity={0.12} stroke="var(--accent)" ifOverflow="hidden" />
          )}
        </AreaChart>
      </ResponsiveContainer>
    </div>
  );
}

function Tip({ active, payload, label, series }: TooltipContentProps & { series: CostSeries }) {
  if (!active || !payload?.length) return null;
  const total = payload.reduce((n, p) => n + Number(p.value ?? 0), 0);
  return (
    <div className="min-w-44 rounded-md border border-line-strong bg-raised px-3 py-2 text-xs shadow-pop">
      <p className="mb-1 text-ink-3">
        {formatDateTime(Number(label))}, {formatDuration(series.bucketMs)}
      </p>
      {[...payload].reverse().map((p) => {
        const i = Number(String(p.dataKey).slice(1));
        return (
          <p key={String(p.dataKey)} className="flex items-center gap-2">
            <span aria-hidden className="size-2 rounded-[2px]" style={{ background: colourOf(i, series.keys[i]?.key ?? '') }} />
            <span className="max-w-40 flex-1 truncate">{series.keys[i]?.label}</span>
            <span>{formatUsd(Number(p.value ?? 0))}</span>
          </p>
        );
      })}
      <p className="mt-1 flex justify-between border-line border-t pt-1 font-semibold">
        <span>Together</span> <span>{formatUsd(total)}</span>
      </p>
    </div>
  );
}
