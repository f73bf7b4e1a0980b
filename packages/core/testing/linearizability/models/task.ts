import type { Model } from '../history.ts';

/**
 * What one task promises (I-TASK-1 to I-TASK-6), written from the promises and not from the code. Times are the server's
 * own, as its answers show them; where an answer was lost the time is not known, and either outcome is allowed.
 */
export type TaskInput =
  | { do: 'claim'; agent: string; requestId: string; leaseMs: number }
  | { do: 'complete' | 'fail' | 'release'; agent: string; token: string }
  | { do: 'renew'; agent: string; token: string; leaseMs: number }
  /** An operator takes the claim away. */
  | { do: 'force-release' }
  /** A stop of an agent: what it holds goes back at once, and it claims nothing more. */
  | { do: 'stop'; agent: string }
  /** The loop's step: over-due claims go back, what has waited long enough gets ready. */
  | { do: 'sweep' };
export type TaskOutput =
  | { said: 'granted'; token: string; atMs: number }
  /** To a claim: there is nothing to claim. To a sweep: nothing was due. */
  | { said: 'nothing'; atMs: number }
  | { said: 'done'; atMs: number }
  | { said: 'stale' | 'fenced' | 'refused' };

type Status = 'ready' | 'claimed' | 'waiting' | 'done' | 'dead-letter';
export type TaskSpec = {
  status: Status;
  holder: string | null;
  /** Of the current or last grant; undefined where its answer was lost. */
  token: bigint | undefined;
  /** No grant that comes later has a token up to this one. */
  floor: bigint;
  /** When the claim, or the time of waiting, is over; undefined where that is not known. */
  untilMs: number | undefined;
  attempts: number;
  /** What each request was granted: its number among the grants. */
  grants: Record<string, number>;
  granted: number;
  fenced: string[];
};

/** A failed attempt waits 1, 2, 4, … s, at most five minutes. */
const backoffMs = (attempts: number): number => Math.min(300_000, 1_000 * 2 ** (attempts - 1));

/** Every task of the histories may be tried this often. */
export const maxAttempts = 2;

export const taskModel: Model<TaskSpec, TaskInput, TaskOutput> = {
  init: {
    status: 'ready',
    holder: null,
    token: undefined,
    floor: 0n,
    untilMs: undefined,
    attempts: 0,
    grants: {},
    granted: 0,
    fenced: [],
  },
  key: (s) =>
    `${s.status} ${s.holder} ${s.token} ${s.floor} ${s.untilMs} ${s.attempts} ${s.granted} ${s.fenced} ${Object.entries(s.grants).sort()}`,
  step(s, input, output) {
    switch (input.do) {
      case 'claim':
        return claim(s, input, output);
      case 'stop': {
        if (output && output.said !== 'done') return undefined;
        const fenced = s.fenced.includes(input.agent) ? s.fenced : [...s.fenced, input.agent].sort();
        return { ...(s.status === 'claimed' && s.holder === input.agent ? giveBack(s) : s), fenced };
      }
      case 'force-release':
        if (s.status !== 'claimed') return output && output.said !== 'refused' ? undefined : s;
        return output && output.said !== 'done' ? undefined : giveBack(s);
      case 'sweep':
        return sweep(s, output);
      default:
        return holderWrite(s, input, output);
    }
  },
};

function claim(s: TaskSpec, input: Extract<TaskInput, { do: 'claim' }>, output: TaskOutput | undefined): TaskSpec | undefined {
  if (s.fenced.includes(input.agent)) return output && output.said !== 'fenced' ? undefined : s;
  const before = s.grants[input.requestId];
  if (before !== undefined) {
    // the answer of then, as long as that claim stands; nothing is taken twice
    if (s.status !== 'claimed' || before !== s.granted) return output && output.said !== 'nothing' ? undefined : s;
    if (!output) return s;
    if (output.said !== 'granted') return undefined;
    const token = BigInt(output.token);
    if (s.token !== undefined) return token === s.token ? s : undefined;
    return token > s.floor ? { ...s, token, floor: token } : undefined;
  }
  if (s.status !== 'ready') return output && output.said !== 'nothing' ? undefined : s;
  const granted = { ...s, status: 'claimed' as const, holder: input.agent, attempts: s.attempts + 1, granted: s.granted + 1 };
  const grants = { ...s.grants, [input.requestId]: granted.granted };
  if (!output) return { ...granted, grants, token: undefined, untilMs: undefined };
  if (output.said !== 'granted') return undefined;
  const token = BigInt(output.token);
  return token > s.floor ? { ...granted, grants, token, floor: token, untilMs: output.atMs + input.leaseMs } : undefined;
}

const free = (s: TaskSpec, status: Status, untilMs?: number): TaskSpec => ({ ...s, status, holder: null, untilMs });
/** A claim that ends without a failure is not counted as an attempt. */
const giveBack = (s: TaskSpec): TaskSpec => ({ ...free(s, 'ready'), attempts: s.attempts - 1 });

function holderWrite(s: TaskSpec, input: Extract<TaskInput, { token: string }>, output: TaskOutput | undefined): TaskSpec | undefined {
  // a token that is not known was told to nobody, so nobody can send it
  const current = s.token !== undefined && s.token === BigInt(input.token);
  if (input.do === 'complete' && s.status === 'done' && current) return output && output.said !== 'done' ? undefined : s;
  if (!current || s.status !== 'claimed') return output && output.said !== 'stale' ? undefined : s;
  if (output && output.said !== 'done') return undefined;
  const atMs = output?.said === 'done' ? output.atMs : undefined;
  switch (input.do) {
    case 'complete':
      return free(s, 'done');
    case 'release':
      return giveBack(s);
    case 'renew':
      return { ...s, untilMs: atMs === undefined ? undefined : atMs + input.leaseMs };
    case 'fail':
      if (s.attempts >= maxAttempts) return free(s, 'dead-letter');
      return free(s, 'waiting', atMs === undefined ? undefined : atMs + backoffMs(s.attempts));
  }
}

function sweep(s: TaskSpec, output: TaskOutput | undefined): TaskSpec | undefined {
  const due = s.status === 'claimed' || s.status === 'waiting';
  const moved = (): TaskSpec => free(s, s.status === 'claimed' && s.attempts >= maxAttempts ? 'dead-letter' : 'ready');
  if (!output) return due ? moved() : s;
  if (output.said !== 'done' && output.said !== 'nothing') return undefined;
  if (!due) return output.said === 'nothing' ? s : undefined;
  const over = s.untilMs === undefined || output.atMs >= s.untilMs;
  if (output.said === 'done') return over ? moved() : undefined;
  return s.untilMs === undefined || !over ? s : undefined;
}
