'use client';
import type { GateReport } from '@reeve/core/vocabulary';
import { useMemo } from 'react';
import { ScrollBox } from '@/ui/scroll-box';
import { plainLog } from './plain-log';

/** What the gate printed, as text: an agent's test may print anything, so nothing of it is ever markup. */
export function GateLog({ gate, tall = false }: { gate: GateReport; tall?: boolean }) {
  const text = useMemo(() => plainLog(gate.excerpt), [gate.excerpt]);
  if (!text.trim()) return <p className="px-3 py-2 text-ink-3 text-xs">It printed nothing.</p>;
  return (
    <ScrollBox label={`Output of ${gate.name} on the ${gate.on}`} className={`overflow-auto ${tall ? 'max-h-[60vh]' : 'max-h-56'}`}>
      <pre className="whitespace-pre-wrap break-words p-3 font-mono text-2xs text-ink-2 leading-4">{text}</pre>
    </ScrollBox>
  );
}
