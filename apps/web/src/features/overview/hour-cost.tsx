'use client';
import Link from 'next/link';
import { useState } from 'react';
import { Area, AreaChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { Button } from '@/ui/button';
import { Card, CardHeader } from '@/ui/card';
import { Money } from '@/ui/money';
import { Table, TBody, TD, TH, THead, TR } from '@/ui/table';
import { formatUsd } from '@/vocabulary/format';

type Point = { atMs: number; usd: number };
const minute = (atMs: number) => new Date(atMs).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });

/** The last hour by minute; the same as a table for those who cannot see it. */
export function HourCost({ cost }: { cost: Point[] }) {
  const [table, setTable] = useState(false);
  const total = cost.reduce((sum, p) => sum + p.usd, 0);
  return (
    <Card>
      <CardHeader
        title="Cost, last hour"
        hint={<Money usd={total} />}
        actions={
          <>
            <Button size="sm" variant="ghost" aria-pressed={table} onClick={() => setTable(!table)}>
              {table ? 'Chart' : 'Table'}
            </Button>
            <Link href="/costs" className="text-accent text-xs hover:underline">
              All costs
            </Link>
          </>
        }
      />
      {table ? <AsTable cost={cost} /> : <Chart cost={cost} total={total} />}
    </Card>
  );
}

function Chart({ cost, total }: { cost: Point[]; total: number }) {
  return (
    <div className="relative h-52 p-2" role="img" aria-label={`Cost by minute over the last hour, ${formatUsd(total)} in all`}>
      {total === 0 && (
        <p className="absolute inset-0 flex items-center justify-center text-ink-3 text-sm">No model call in the last hour</p>
      )}
      <ResponsiveContainer width="100%" height="100%">
        <AreaChart data={cost} margin={{ top: 12, right: 8, bottom: 0, left: 0 }} accessibilityLayer={false}>
          <defs>
            <linearGradient id="hour-cost" x1="0" y1="0" x2="0" y2="1">
              <stop offset="0%" stopColor="var(--accent)" stopOpacity={0.28} />
              <stop offset="100%" stopColor="var(--accent)" stopOpacity={0.02} />
            </linearGradient>
          </defs>
          <CartesianGrid stroke="var(--line)" vertical={false} />
          <XAxis
            dataKey="atMs"
            tickFormatter={minute}
            tick={{ fill: 'var(--ink-3)', fontSize: 11 }}
            tickLine={false}
            axisLine={false}
            minTickGap={48}
            interval="preserveStartEnd"
          />
          <YAxis
            tickFormatter={(v: number) => formatUsd(v)}
            tick={{ fill: 'var(--ink-3)', fontSize: 11 }}
            tickLine={false}
            axisLine={false}
            width={56}
            tickCount={4}
          />
          <Tooltip content={<Tip />} cursor={{ stroke: 'var(--line-strong)' }} isAnimationActive={false} />
          <Area
            type="linear"
            dataKey="usd"
            stroke="var(--accent)"
            strokeWidth={1.75}
            fill="url(#hour-cost)"
            isAnimationActive={false}
            dot={false}
            activeDot={{ r: 3 }}
          />
        </AreaChart>
      </ResponsiveContainer>
    </div>
  );
}
function Tip({ active, payload }: { active?: boolean; payload?: readonly { payload?: Point }[] }) {
  const p = payload?.[0]?.payload;
  if (!active || !p) return null;
  return (
    <div className="rounded-md border border-line-strong bg-raised px-2 py-1 text-xs shadow-pop">
      <span className="text-ink-3">{minute(p.atMs)}</span> <b>{formatUsd(p.usd)}</b>
    </div>
  );
}
function AsTable({ cost }: { cost: Point[] }) {
  return (
    <div className="max-h-52 overflow-y-auto">
      <Table aria-label="Cost by minute">
        <THead>
          <TR>
            <TH>Minute</TH>
            <TH numeric>USD</TH>
          </TR>
        </THead>
        <TBody>
          {cost
            .filter((p) => p.usd > 0)
            .reverse()
            .map((p) => (
              <TR key={p.atMs}>
                <TD>{minute(p.atMs)}</TD>
                <TD numeric>{formatUsd(p.usd, 4)}</TD>
              </TR>
            ))}
        </TBody>
      </Table>
    </div>
  );
}
