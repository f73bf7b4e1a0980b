import type { Model } from '../history.ts';

/**
 * What a lock with some permits promises (I-SYNC-1 to I-SYNC-5, I-SYNC-8) where all ask with one priority, written from the
 * promises and not from the code. The clock is a client too: `pass` is an operation, so every other one has its time.
 */
export type LockInput =
  | { do: 'acquire'; agent: string; requestId: string; leaseMs: number; waitMs: number }
  | { do: 'release'; agent: string; token: string }
  | { do: 'renew'; agent: string; token: string; leaseMs: number }
  /** The caller has gone. */
  | { do: 'withdraw'; agent: string; requestId: string }
  | { do: 'force-release' }
  | { do: 'stop'; agent: string }
  | { do: 'sweep' }
  | { do: 'pass'; ms: number };
export type LockOutput =
  | { said: 'granted'; token: string }
  | { said: 'waiting' | 'timed-out' | 'fenced' | 'stale' | 'yes' | 'no' | 'done' }
  | { said: 'freed'; permits: number };

type Holder = { agent: string; requestId: string; grant: number; untilMs: number };
type Waiter = { agent: string; requestId: string; leaseMs: number; deadlineMs: number };
export type LockSpec = {
  nowMs: number;
  holders: Holder[];
  /** First come, first served. */
  queue: Waiter[];
  grants: number;
  /** The tokens that were told, by the number of their grant: a later grant has a greater one. */
  tokens: Record<number, string>;
  timedOut: string[];
  /** Requests whose permit was given back or taken away: none of them holds again. */
  over: string[];
  fenced: string[];
};

export const lockModel = (permits: number): Model<LockSpec, LockInput, LockOutput> => ({
  init: { nowMs: 0, holders: [], queue: [], grants: 0, tokens: {}, timedOut: [], over: [], fenced: [] },
  key: (s) =>
    [
      [s.nowMs, s.grants, s.fenced, s.timedOut],
      s.over,
      s.holders.map((h) => `${h.requestId}#${h.grant}@${h.untilMs}`),
      s.queue.map((w) => `${w.requestId}@${w.deadlineMs}`),
      Object.entries(s.tokens).map(([grant, token]) => `${grant}=${token}`),
    ].join(';'),
  step(s, input, output) {
    const says = (said: LockOutput['said'], next: LockSpec) => (output && output.said !== said ? undefined : next);
    switch (input.do) {
      case 'pass':
        return says('done', { ...s, nowMs: s.nowMs + input.ms });
      case 'sweep':
        return says('done', settle(s, permits));
      case 'stop': {
        const isIn = [...s.holders, ...s.queue].some((x) => x.agent === input.agent);
        const left = without(s, (x) => x.agent === input.agent);
        const fenced = s.fenced.includes(input.agent) ? s.fenced : [...s.fenced, input.agent].sort();
        return says('done', { ...(isIn ? settle(left, permits) : s), fenced });
      }
      case 'force-release': {
        const now = settle(s, permits);
        if (output && (output.said !== 'freed' || output.permits !== now.holders.length)) return undefined;
        return settle(overWith(now, now.holders), permits);
      }
      case 'withdraw': {
        const now = settle(s, permits);
        const mine = (x: { agent: string; requestId: string }) => x.agent === input.agent && x.requestId === input.requestId;
        return says([...now.holders, ...now.queue].some(mine) ? 'yes' : 'no', settle(without(now, mine), permits));
      }
      case 'acquire':
        return acquire(s, input, output, permits);
      case 'release': {
        const now = settle(s, permits);
        const mine = (h: Holder) => h.agent === input.agent && now.tokens[h.grant] === input.token;
        return says(now.holders.some(mine) ? 'yes' : 'no', settle(overWith(now, now.holders.filter(mine)), permits));
      }
      case 'renew': {
        if (s.fenced.includes(input.agent)) return says('fenced', s);
        const now = settle(s, permits);
        const mine = (h: Holder) => h.agent === input.agent && now.tokens[h.grant] === input.token;
        const renewed = now.holders.map((h) => (mine(h) ? { ...h, untilMs: now.nowMs + input.leaseMs } : h));
        return says(now.holders.some(mine) ? 'yes' : 'stale', { ...now, holders: renewed });
      }
    }
  },
});

const overWith = (s: LockSpec, freed: readonly Holder[]): LockSpec => ({
  ...s,
  holders: s.holders.filter((h) => !freed.includes(h)),
  over: freed.length ? [...s.over, ...freed.map((h) => h.requestId)].sort() : s.over,
});
const without = (s: LockSpec, leaves: (x: { agent: string; requestId: string }) => boolean): LockSpec => ({
  ...s,
  holders: s.holders.filter((h) => !leaves(h)),
  queue: s.queue.filter((w) => !leaves(w)),
});

/** What time has changed, as the next call finds it: who is too late is out before anyone is served. */
function settle(s: LockSpec, permits: number): LockSpec {
  const holders = s.holders.filter((h) => h.untilMs > s.nowMs);
  const here = s.queue.filter((w) => w.deadlineMs > s.nowMs);
  const late = s.queue.filter((w) => w.deadlineMs <= s.nowMs).map((w) => w.requestId);
  const next = here.slice(0, Math.max(0, permits - holders.length));
  const served = next.map((w, i) => ({ agent: w.agent, requestId: w.requestId, grant: s.grants + i + 1, untilMs: s.nowMs + w.leaseMs }));
  return {
    ...s,
    holders: [...holders, ...served],
    queue: here.slice(next.length),
    grants: s.grants + next.length,
    timedOut: late.length ? [...s.timedOut, ...late].sort() : s.timedOut,
  };
}

function acquire(
  s: LockSpec,
  { agent, requestId, leaseMs, waitMs }: Extract<LockInput, { do: 'acquire' }>,
  output: LockOutput | undefined,
  permits: number,
): LockSpec | undefined {
  if (s.fenced.includes(agent)) return output && output.said !== 'fenced' ? undefined : s;
  let now = settle(s, permits);
  if (now.timedOut.includes(requestId)) return output && output.said !== 'timed-out' ? undefined : now;
  if (now.over.includes(requestId)) return output && output.said !== 'stale' ? undefined : now;
  const isMine = (x: { agent: string; requestId: string }) => x.agent === agent && x.requestId === requestId;
  if (![...now.holders, ...now.queue].some(isMine))
    now = settle({ ...now, queue: [...now.queue, { agent, requestId, leaseMs, deadlineMs: now.nowMs + waitMs }] }, permits);
  const held = now.holders.find(isMine);
  if (!held) return output && output.said !== 'waiting' ? undefined : now;
  if (!output) return now;
  if (output.said !== 'granted') return undefined;
  const told = now.tokens[held.grant];
  if (told !== undefined) return told === output.token ? now : undefined;
  const token = BigInt(output.token);
  for (const [grant, other] of Object.entries(now.tokens))
    if (Number(grant) < held.grant ? BigInt(other) >= token : BigInt(other) <= token) return undefined;
  return { ...now, tokens: { ...now.tokens, [held.grant]: output.token } };
}
