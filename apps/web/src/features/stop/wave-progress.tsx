import type { StopSummary, StopWave } from '@reeve/core/vocabulary';
import { cn } from '@/ui/cn';
import { plural } from '@/vocabulary/format';

/** One bar a wave: ended, unconfirmed, still open. */
export function WaveProgress({ stop }: { stop: StopSummary }) {
  return (
    <ol aria-label="Progress by wave" className="flex flex-col gap-1.5">
      {stop.waves.map((w, i) => (
        <li key={w.wave} className="grid grid-cols-[56px_1fr_auto] items-center gap-2 text-xs">
          <span className="text-ink-3">Wave {i + 1}</span>
          <Bar wave={w} />
          <span className="text-ink-2">
            {w.ended}/{w.members}
            <span className="sr-only"> ended{w.unconfirmed ? `, ${plural(w.unconfirmed, 'unconfirmed', 'unconfirmed')}` : ''}</span>
          </span>
        </li>
      ))}
    </ol>
  );
}
function Bar({ wave }: { wave: StopWave }) {
  const share = (n: number) => ({ width: `${(n / wave.members) * 100}%` });
  return (
    <span aria-hidden className="flex h-1.5 overflow-hidden rounded-full bg-line">
      <span className="h-full bg-neutral transition-[width]" style={share(wave.ended)} />
      <span className="h-full bg-danger" style={share(wave.unconfirmed)} />
      <span
        className={cn('h-full', wave.asked > 0 && 'pulse-soft bg-attention')}
        style={share(wave.members - wave.ended - wave.unconfirmed)}
      />
    </span>
  );
}
