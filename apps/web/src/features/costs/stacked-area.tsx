'use client';
import type { CostSeries } from '@reeve/core/vocabulary';
import { useMemo } from 'react';
import { Area, AreaChart, CartesianGrid, ResponsiveContainer, Tooltip, type TooltipContentProps, XAxis, YAxis } from 'recharts';
import { formatClock, formatDateTime, formatDuration, formatUsd } from '@/vocabulary/format';
import { chartRows, colourOf } from './series-view';

const tick = { fill: 'var(--ink-3)', fontSize: 11 };

/** At most 120 buckets, replaced at most once a second, never animated. */
export function StackedArea({ series, windowMinutes, className }: { series: CostSeries; windowMinutes: number; className: string }) {
  const rows = useMemo(() => chartRows(series), [series]);
  const clock = (ms: number) => (windowMinutes <= 15 ? formatClock(ms) : formatClock(ms).slice(0, 5));
  return (
    <div className={className}>
      <ResponsiveContainer width="100%" height="100%">
        <AreaChart data={rows} margin={{ top: 4, right: 8, bottom: 0, left: 0 }} accessibilityLayer>
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
