'use client';
import type { RehearsalView } from '@reeve/core/vocabulary';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useState } from 'react';
import { useTRPC } from '@/trpc';
import { Button } from '@/ui/button';
import { CheckpointDiff } from './checkpoint-diff';
import { nameOf } from './checkpoint-words';
import { effectsWords, statesComeTo, statesWords } from './rehearsal-words';

type State = RehearsalView['states'][number]['original'];

/** Of a rehearsal: what it did the same as its original, and what it did otherwise. Of any other agent nothing. */
export function RehearsalResult({ id }: { id: string }) {
  const trpc = useTRPC();
  const found = useQuery({
    ...trpc.checkpoints.rehearsal.queryOptions({ id }),
    placeholderData: keepPreviousData,
    // what is no rehearsal never becomes one
    refetchInterval: (q) => (q.state.data ? 2000 : false),
  });
  const [open, setOpen] = useState<{ theirs: State; ours: State } | null>(null);
  const r = found.data;
  if (!r) return null;
  const { difference } = r.effects;
  return (
    <section className="flex flex-col gap-2 border-line border-b px-4 py-3 text-sm" data-testid="rehearsal">
      <p>
        Rehearses what{' '}
        <Link href={`/agents?agent=${encodeURIComponent(r.originalId)}`} className="text-accent hover:underline">
          {r.originalName ?? r.originalId}
        </Link>{' '}
        did after a checkpoint. Nothing that it does under a key is done.
      </p>
      <div data-testid="rehearsal-effects">
        <h3 className="font-medium text-ink-3 text-xs">Effects</h3>
        <p>{effectsWords(r.effects)}</p>
        {difference && (
          <p className="text-attention">
            At step {difference.step} the original did <code className="wrap-anywhere font-mono text-xs">{difference.original}</code>, the
            rehearsal <code className="wrap-anywhere font-mono text-xs">{difference.rehearsed}</code>.
          </p>
        )}
      </div>
      <div data-testid="rehearsal-states">
        <h3 className="font-medium text-ink-3 text-xs">Saved states</h3>
        <p>{statesWords(r)}</p>
        <ul className="flex flex-col">
          {statesComeTo(r)
            .slice(-10)
            .map(({ original, equal, other }) => (
              <li key={original.checkpointId} className="flex items-center gap-2 py-0.5">
                <span className="tabular-nums">{nameOf(original)}</span>
                <span className="min-w-0 flex-1 truncate text-ink-3">
                  {equal ? `the same as ${nameOf(equal)} here` : 'no equal state here'}
                </span>
                {other &&
                  (original.isKept && other.isKept ? (
                    <Button size="sm" onClick={() => setOpen({ theirs: original, ours: other })}>
                      Compare with {nameOf(other)}
                    </Button>
                  ) : (
                    <span className="text-ink-3">one of the two is no longer kept</span>
                  ))}
              </li>
            ))}
        </ul>
      </div>
      {open && (
        <CheckpointDiff
          older={{ ...open.theirs, id: open.theirs.checkpointId }}
          newer={{ ...open.ours, id: open.ours.checkpointId }}
          title={`Original ${nameOf(open.theirs)}, rehearsal ${nameOf(open.ours)}`}
          onClose={() => setOpen(null)}
        />
      )}
    </section>
  );
}
