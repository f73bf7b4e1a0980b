import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runsOf, sometimes } from '../../testing/index.ts';
import type { NewEvent } from '../kernel/events.ts';
import { InvariantError } from '../kernel/invariant.ts';
import { canMove, type TaskState, taskTransitions } from '../kernel/transitions.ts';
import { findCycle } from './dependencies.ts';
import {
  backoffMs,
  decideCancel,
  decideClaim,
  decideComplete,
  decideFail,
  decideRelease,
  decideRenew,
  decideRetry,
  decideSweep,
  decideTakeBack,
  decideUnblock,
  evolveTask,
  type HeldWrite,
  type Task,
} from './task.ts';

const task = (over: Partial<Task> = {}): Task => ({
  id: 't',
  projectId: 'p',
  title: 't',
  body: null,
  state: 'ready',
  priority: 0,
  labels: [],
  dependsOn: [],
  attempts: 0,
  maxAttempts: 3,
  notBeforeMs: null,
  claimToken: 0n,
  agentId: null,
  claimExpiresAtMs: null,
  claimLeaseMs: null,
  failures: [],
  result: null,
  createdBy: 'x',
  createdAtMs: 0,
  updatedAtMs: 0,
  finishedAtMs: null,
  requestId: null,
  needs: [],
  parentTaskId: null,
  subtasks: 0,
  review: false,
  evidence: [],
  artefactKinds: [],
  submittedBy: null,
  ...over,
});
const eventTo: Record<Exclude<TaskState, 'blocked'>, NewEvent> = {
  ready: { type: 'task.ready', subjectId: 't', data: { why: 'retried' } },
  scheduled: { type: 'task.attempt-failed', subjectId: 't', data: { agentId: 'a', error: '', attempt: 1, next: 'scheduled' } },
  claimed: { type: 'task.claimed', subjectId: 't', data: { agentId: 'a', token: '1', expiresAtMs: 10, attempt: 1 } },
  done: { type: 'task.completed', subjectId: 't', data: { agentId: 'a' } },
  failed: { type: 'task.attempt-failed', subjectId: 't', data: { agentId: 'a', error: '', attempt: 1, next: 'failed' } },
  'dead-letter': { type: 'task.attempt-failed', subjectId: 't', data: { agentId: 'a', error: '', attempt: 1, next: 'dead-letter' } },
  'in-review': { type: 'task.submitted', subjectId: 't', data: { agentId: 'a', review: true, missing: [] } },
  cancelled: { type: 'task.cancelled', subjectId: 't', data: { reason: '' } },
};

describe('the state table of tasks', () => {
  it('every move that the table does not have is a bug, and throws', () => {
    for (const from of Object.keys(taskTransitions) as TaskState[])
      for (const [to, event] of Object.entries(eventTo) as [TaskState, NewEvent][]) {
        const move = () => evolveTask(task({ state: from }), event, 1);
        if (from === to || canMove(taskTransitions, from, to)) expect(move().state, `${from} → ${to}`).toBe(to);
        else expect(move, `${from} → ${to}`).toThrow(InvariantError);
      }
  });
  it('an end or a release leaves no holder behind', () => {
    const held = task({ state: 'claimed', agentId: 'a', claimToken: 1n, claimExpiresAtMs: 10, claimLeaseMs: 10 });
    for (const to of ['scheduled', 'done', 'in-review', 'failed', 'dead-letter', 'cancelled'] as const)
      expect(evolveTask(held, eventTo[to], 1), to).toMatchObject({
        agentId: null,
        claimExpiresAtMs: null,
        claimLeaseMs: null,
        claimToken: 1n,
      });
  });
});

describe('backoff (I-TASK-5)', () => {
  it('doubles from one second to five minutes, and never leaves these bounds', () => {
    expect([1, 2, 3, 4, 9, 10, 11].map(backoffMs)).toEqual([1_000, 2_000, 4_000, 8_000, 256_000, 300_000, 300_000]);
    fc.assert(fc.property(fc.nat(10_000), (n) => backoffMs(n) >= 1_000 && backoffMs(n) <= 300_000 && backoffMs(n + 1) >= backoffMs(n)));
  });
});

describe('dependencies (I-TASK-7)', () => {
  it('a cycle is found and named from the new task back to itself; a graph without one has none', () => {
    const graph: Record<string, string[]> = { a: ['b'], b: ['c'], c: ['new'], d: ['a', 'b'] };
    expect(findCycle('new', ['d', 'a'], (id) => graph[id] ?? [])).toSatisfy((c: string[]) => c[0] === 'new' && c.at(-1) === 'new');
    expect(findCycle('new', ['b'], (id) => ({ b: ['c'] })[id] ?? [])).toBeUndefined();
    expect(findCycle('new', ['new'], () => [])).toEqual(['new', 'new']);
  });
});

/** What any number of agents may do to one task, with the tokens they were given or any other. */
const operation = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ op: fc.constant('claim' as const), agent: fc.nat(3), leaseMs: fc.integer({ min: 1_000, max: 60_000 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constantFrom('complete' as const, 'fail' as const, 'fail' as const, 'release' as const, 'renew' as const),
      agent: fc.nat(3),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constantFrom(
        'sweep' as const,
        'sweep' as const,
        'sweep' as const,
        'retry' as const,
        'retry' as const,
        'take-back' as const,
        'cancel' as const,
        'unblock' as const,
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('pass' as const), ms: fc.nat(100_000) }) },
);

describe('any history of one task', () => {
  it('I-TASK-1, 2, 4, 5: tokens grow, only the holder of the current one writes, attempts are bounded, nothing is stranded', () => {
    const runs = runsOf('property', 500);
    const seen = { late: 0, dead: 0, written: 0 };
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60, size: 'max' }), fc.integer({ min: 1, max: 4 }), (operations, maxAttempts) => {
        let now = 0;
        let t = task({ maxAttempts, state: 'ready' });
        /** The token that each agent was last given, and which claim is the current one. */
        const tokens = new Map<number, string>();
        let current: string | null = null;
        const take = (events: NewEvent[]) => {
          for (const e of events) t = evolveTask(t, e, now);
          if (t.state !== 'claimed') current = null;
        };
        for (const o of operations) {
          const before = t;
          if (o.op === 'pass') now += o.ms;
          else if (o.op === 'claim') {
            const r = decideClaim(t, `a${o.agent}`, o.leaseMs, now);
            expect(r.ok).toBe(before.state === 'ready');
            if (!r.ok) continue;
            take(r.value);
            expect(t.claimToken > before.claimToken).toBe(true);
            current = t.claimToken.toString();
            tokens.set(o.agent, current);
          } else if (o.op === 'complete' || o.op === 'fail' || o.op === 'release' || o.op === 'renew') {
            const token = tokens.get(o.agent) ?? '0';
            const decided: HeldWrite =
              o.op === 'complete'
                ? decideComplete(t, token)
                : o.op === 'fail'
                  ? decideFail(t, token, 'broken', true)
                  : o.op === 'release'
                    ? decideRelease(t, token)
                    : decideRenew(t, token, 5_000, now);
            const repeated = o.op === 'complete' && before.state === 'done' && before.claimToken.toString() === token;
            expect(decided.ok).toBe(repeated || (current !== null && token === current));
            take(decided.events);
            if (decided.ok) seen.written += 1;
            else {
              seen.late += 1;
              expect(decided.events.map((e) => e.type)).toEqual(['task.superseded']);
              expect(t).toEqual(before);
            }
          } else if (o.op === 'sweep') {
            take(decideSweep(t, now));
            expect(decideSweep(t, now)).toEqual([]);
          } else if (o.op === 'unblock') expect(decideUnblock(t, [], now)).toEqual([]);
          else {
            const r = o.op === 'retry' ? decideRetry(t, []) : o.op === 'cancel' ? decideCancel(t, '') : decideTakeBack(t, 'operator');
            if (r.ok) take(r.value);
          }
          expect(t.attempts).toBeLessThanOrEqual(maxAttempts);
          expect(t.claimToken >= before.claimToken).toBe(true);
          if (t.state === 'claimed') expect(t.claimExpiresAtMs).not.toBeNull();
          else expect(t.agentId).toBeNull();
          if (t.state === 'scheduled') expect(t.notBeforeMs).not.toBeNull();
          if (t.state === 'dead-letter') seen.dead += 1;
        }
        // left to itself it always comes to where someone can take it, or to an end that is shown
        now = Math.max(now, t.claimExpiresAtMs ?? 0, t.notBeforeMs ?? 0);
        take(decideSweep(t, now));
        return ['ready', 'done', 'failed', 'dead-letter', 'cancelled'].includes(t.state);
      }),
      { numRuns: runs },
    );
    expect(seen.late).toBeGreaterThanOrEqual(sometimes(500, runs, 500));
    expect(seen.written).toBeGreaterThanOrEqual(sometimes(300, runs, 500));
    expect(seen.dead).toBeGreaterThanOrEqual(sometimes(20, runs, 500));
  });
});
