'use client';
import type { GateReport } from '@reeve/core/vocabulary';
import { useLayoutEffect, useMemo, useRef } from 'react';
import { ScrollBox } from '@/ui/scroll-box';
import { firstFailure } from './first-failure';
import { plainLog } from './plain-log';

/**
 * What the gate printed, as text: an agent's test may print anything, so nothing of it is ever markup. A red output
 * opens at the line that says what failed.
 */
export function GateLog({ gate, tall = false }: { gate: GateReport; tall?: boolean }) {
  const box = useRef<HTMLElement>(null);
  const marked = useRef<HTMLElement>(null);
  const lines = useMemo(() => plainLog(gate.excerpt).trimEnd().split('\n'), [gate.excerpt]);
  const at = useMemo(() => (gate.exitCode === 0 ? null : firstFailure(lines)), [gate.exitCode, lines]);
  useLayoutEffect(() => {
    if (box.current && marked.current) box.current.scrollTop = Math.max(0, marked.current.offsetTop - box.current.clientHeight / 4);
  }, []);
  if (!lines.join('').trim()) return <p className="px-3 py-2 text-ink-3 text-xs">It printed nothing.</p>;
  return (
    <ScrollBox
      ref={box}
      label={`Output of ${gate.name} on the ${gate.on}`}
      className={`flex-1 overflow-auto ${tall ? 'max-h-[60vh]' : 'max-h-64'}`}
    >
      <pre className="whitespace-pre-wrap break-words p-3 font-mono text-2xs text-ink-2 leading-4">
        {at === null ? (
          lines.join('\n')
        ) : (
          <>
            {lines.slice(0, at).map((l) => `${l}\n`)}
            <mark ref={marked} className="-mx-3 block bg-danger-soft px-3 font-semibold text-danger">
              {lines[at]}
            </mark>
            {lines.slice(at + 1).join('\n')}
          </>
        )}
      </pre>
    </ScrollBox>
  );
}
