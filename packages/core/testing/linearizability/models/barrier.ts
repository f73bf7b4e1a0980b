import type { Model } from '../history.ts';

/**
 * What a barrier promises (I-SYNC-6, I-SYNC-8) that breaks when a party leaves, written from the promises and not from the
 * code: of each generation all go on, or none. The clock is a client too (see the lock).
 */
export type BarrierInput =
  | { do: 'wait'; agent: string; requestId: string; waitMs: number }
  | { do: 'withdraw'; agent: string; requestId: string }
  | { do: 'stop'; agent: string }
  | { do: 'sweep' }
  | { do: 'pass'; ms: number };
export type BarrierOutput =
  | { said: 'released'; generation: number; index: number }
  | { said: 'broken'; generation: number }
  | { said: 'waiting' | 'refused' | 'fenced' | 'yes' | 'no' | 'done' };

type Party = { agent: string; requestId: string; deadlineMs: number };
export type BarrierSpec = {
  nowMs: number;
  generation: number;
  here: Party[];
  /** How the wait of each request ended. */
  ended: Record<string, BarrierOutput>;
  fenced: string[];
};

const breaks = (s: BarrierSpec): BarrierSpec => ends(s, () => ({ said: 'broken', generation: s.generation }));
function ends(s: BarrierSpec, how: (index: number) => BarrierOutput): BarrierSpec {
  const ended = { ...s.ended };
  s.here.forEach((p, i) => {
    ended[p.requestId] = how(i);
  });
  return { ...s, ended, here: [], generation: s.generation + 1 };
}
const settle = (s: BarrierSpec): BarrierSpec => (s.here.some((p) => p.deadlineMs <= s.nowMs) ? breaks(s) : s);

export const barrierModel = (parties: number): Model<BarrierSpec, BarrierInput, BarrierOutput> => ({
  init: { nowMs: 0, generation: 0, here: [], ended: {}, fenced: [] },
  key: (s) => JSON.stringify([s.nowMs, s.generation, s.here, Object.entries(s.ended).sort(), s.fenced]),
  step(s, input, output) {
    const says = (told: BarrierOutput, next: BarrierSpec) => (output && JSON.stringify(output) !== JSON.stringify(told) ? undefined : next);
    switch (input.do) {
      case 'pass':
        return says({ said: 'done' }, { ...s, nowMs: s.nowMs + input.ms });
      case 'sweep':
        return says({ said: 'done' }, settle(s));
      case 'stop': {
        const fenced = s.fenced.includes(input.agent) ? s.fenced : [...s.fenced, input.agent].sort();
        return says({ said: 'done' }, { ...(s.here.some((p) => p.agent === input.agent) ? breaks(s) : s), fenced });
      }
      case 'withdraw': {
        const now = settle(s);
        const isHere = now.here.some((p) => p.agent === input.agent && p.requestId === input.requestId);
        return says({ said: isHere ? 'yes' : 'no' }, isHere ? breaks(now) : now);
      }
      case 'wait': {
        if (s.fenced.includes(input.agent)) return says({ said: 'fenced' }, s);
        const now = settle(s);
        const before = now.ended[input.requestId];
        if (before) return says(before, now);
        const known = now.here.find((p) => p.agent === input.agent);
        if (known) return says({ said: known.requestId === input.requestId ? 'waiting' : 'refused' }, now);
        const { agent, requestId, waitMs } = input;
        const come = { ...now, here: [...now.here, { agent, requestId, deadlineMs: now.nowMs + waitMs }] };
        if (come.here.length < parties) return says({ said: 'waiting' }, come);
        const next = ends(come, (index) => ({ said: 'released', generation: come.generation, index }));
        return says({ said: 'released', generation: come.generation, index: come.here.length - 1 }, next);
      }
    }
  },
});
