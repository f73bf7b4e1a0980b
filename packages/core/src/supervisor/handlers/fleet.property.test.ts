import fc from 'fast-check';
import { expect, it } from 'vitest';
import { brokenInvariants } from '../../../testing/crash-points/settled-state.ts';
import { callOf, operator, runsOf, sometimes, system, TestFleet } from '../../../testing/index.ts';
import { isFinalAgent, isLiveAgent } from '../../kernel/transitions.ts';

/**
 * Random commands against the whole supervisor; after each, whatever is stored must hold together. `at` picks among the
 * agents or tasks that there are.
 */
const usual = 2_000;
const runs = runsOf('property', usual);
const counted = (seen: Record<string, number>) => {
  // a workload that never does what the promise is about would pass against any bug
  for (const [what, times] of Object.entries(seen)) expect(times, what).toBeGreaterThanOrEqual(sometimes(1, runs, usual));
};
const holds = (fleet: TestFleet) => {
  const broken = brokenInvariants(fleet);
  if (broken.length) throw new Error(broken.join('\n'));
};
const pick = <T>(from: readonly T[], at: number): T => from[at % from.length] as T;
const passMs = fc.constantFrom(1, 5_000, 14_999, 15_000, 16_000);

const policy = fc.constantFrom('stop' as const, 'reparent' as const, 'ignore' as const);
const life = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('spawn' as const),
      at: fc.nat(),
      policy: fc.record({ completed: policy, failed: policy, lost: policy, stopped: policy }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('beat' as const, 'stop' as const), at: fc.nat(), outcome: fc.constant('stopped' as const) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('finish' as const),
      at: fc.nat(),
      outcome: fc.constantFrom('completed' as const, 'failed' as const, 'stopped' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('sweep' as const), ms: passMs, lateByMs: fc.constantFrom(0, 0, 20_000) }) },
);
it(`I-ORPH-1, 2, 3, 4, 5, 6: leases run out and orphans are handled once, whatever happens in whatever order (${runs} runs)`, async () => {
  const seen = { lost: 0, back: 0, reparented: 0, stopped: 0, ignored: 0, extended: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(life, { minLength: 5, maxLength: 20, size: 'max' }), async (steps) => {
      const fleet = new TestFleet();
      const ids = [await fleet.agent('root')];
      for (const s of steps) {
        if (s.do === 'sweep') {
          const atMs = fleet.clock.pass(s.ms);
          const all = [...fleet.state.agents.keys()];
          const before = new Map(fleet.state.agents);
          const { lost } = await fleet.do('agents.expire', { agentIds: all, extendedByMs: s.lateByMs }, system);
          seen.lost += lost;
          for (const [id, a] of before) {
            const lease = fleet.state.leases.get(id);
            const isOver = lease !== undefined && atMs >= lease.expiresAtMs + s.lateByMs;
            if (lease && atMs >= lease.expiresAtMs && !isOver && isLiveAgent(a.state)) seen.extended += 1;
            if (!isOver && a.state !== 'lost') expect(fleet.agentOf(id).state, 'I-ORPH-2, 3').toBe(a.state);
            if (isOver && ['starting', 'running', 'paused'].includes(a.state)) expect(fleet.agentOf(id).state, 'I-ORPH-4').toBe('lost');
          }
          const { reparented, stopped } = await fleet.sweepOrphans(...all);
          seen.reparented += reparented;
          seen.stopped += stopped;
          const facts = fleet.state.seq;
          await fleet.do('agents.expire', { agentIds: all, extendedByMs: s.lateByMs }, system);
          const again = await fleet.sweepOrphans(...all);
          // one that moved may be an orphan of its new parent at once; else twice equals once
          if (reparented === 0) expect([again, fleet.state.seq], 'I-ORPH-4').toEqual([{ stopped: 0, reparented: 0, halted: 0 }, facts]);
        } else {
          const id = pick(ids, s.at);
          const was = fleet.agentOf(id).state;
          if (s.do === 'spawn') {
            const r = await fleet.ask('agents.register', { name: `${ids.length}`, parentId: id, onParentExit: s.policy });
            if (r.ok) ids.push(r.value.agentId);
          } else if (s.do === 'beat') {
            const r = await fleet.ask('agents.heartbeat', { id });
            if (was === 'lost' && r.ok) seen.back += 1;
          } else if (s.do === 'stop') await fleet.ask('agents.stop', { id, graceMs: 1_000 });
          else await fleet.ask('agents.finish', { id, outcome: s.outcome });
        }
        holds(fleet);
        for (const a of fleet.state.agents.values())
          if (fleet.events('agent.orphan-handled', a.id).length > 1 + fleet.events('agent.reparented', a.id).length)
            throw new Error(`I-ORPH-5: the policy was applied to ${a.id} twice`);
      }
      for (const a of fleet.state.agents.values())
        if (isLiveAgent(a.state) && a.parentId && isFinalAgent(fleet.agentOf(a.parentId).state)) seen.ignored += 1;
    }),
    { numRuns: runs },
  );
  counted(seen);
});

const money = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('spawn' as const), at: fc.nat(), budget: fc.constantFrom(undefined, '0', '0.02') }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('spend' as const),
      calls: fc.array(fc.record({ at: fc.nat(), event: fc.nat(5), nano: fc.constantFrom(null, 0n, 1n, 10_000_000n) }), {
        minLength: 1,
        maxLength: 4,
      }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('stop' as const, 'finish' as const), at: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sweep' as const) }) },
);
it(`I-COST-1, 2, 3, 7, 9: a call counts once, at every ancestor of its moment, and the rollups are the ledger (${runs} runs)`, async () => {
  const seen = { duplicates: 0, conflicts: 0, late: 0, unpriced: 0, exceeded: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(money, { minLength: 3, maxLength: 20, size: 'max' }), async (steps) => {
      const fleet = new TestFleet();
      const ids = [await fleet.agent('root')];
      const first = new Map<string, bigint | null>();
      for (const s of steps) {
        if (s.do === 'spawn') {
          const r = await fleet.ask('agents.register', {
            name: 'child',
            parentId: pick(ids, s.at),
            budgetUsd: s.budget,
            onParentExit: { completed: 'reparent' },
          });
          if (r.ok) ids.push(r.value.agentId);
        } else if (s.do === 'spend') {
          const entries = s.calls.map((c) =>
            callOf(pick(ids, c.at), `e${c.event}`, { costNanoUsd: c.nano, outputTokens: Number(c.nano ?? 2n) }),
          );
          const told = await fleet.spend(...entries);
          for (const e of entries) if (!first.has(`${e.agentId}/${e.eventId}`)) first.set(`${e.agentId}/${e.eventId}`, e.costNanoUsd);
          expect(told.accepted + told.duplicates + told.conflicts.length).toBe(entries.length);
          seen.duplicates += told.duplicates;
          seen.conflicts += told.conflicts.length;
          seen.exceeded += told.budgets.filter((b) => b.status === 'exceeded').length;
        } else if (s.do === 'sweep') await fleet.sweepOrphans(...ids);
        else if (s.do === 'stop') await fleet.ask('agents.stop', { id: pick(ids, s.at) });
        else await fleet.ask('agents.finish', { id: pick(ids, s.at), outcome: 'completed' });
        holds(fleet);
      }
      const entries = [...fleet.state.ledger.values()];
      expect(new Map(entries.map((e) => [`${e.agentId}/${e.eventId}`, e.costNanoUsd])), 'I-COST-1: what was told first stands').toEqual(
        first,
      );
      const direct = entries.reduce((sum, e) => sum + (e.costNanoUsd ?? 0n), 0n);
      const own = [...fleet.state.rollups.values()].reduce((sum, r) => sum + r.ownNanoUsd, 0n);
      expect(own, 'I-COST-3').toBe(direct);
      seen.late += entries.filter((e) => e.late).length;
      seen.unpriced += entries.filter((e) => e.costNanoUsd === null).length;
    }),
    { numRuns: runs },
  );
  counted(seen);
});

const work = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('add' as const),
      on: fc.array(fc.nat(), { maxLength: 2 }),
      maxAttempts: fc.integer({ min: 1, max: 2 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('claim' as const), by: fc.nat(1), limit: fc.integer({ min: 1, max: 2 }) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('complete' as const, 'fail' as const, 'release' as const, 'renew' as const),
      at: fc.nat(),
      stale: fc.constantFrom(0n, 0n, 0n, 1n),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('cancel' as const, 'retry' as const, 'force-release' as const),
      at: fc.nat(),
      stale: fc.constant(0n),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1, 1_000, 2_000, 5_000) }) },
);
it(`I-TASK-1, 2, 4, 5, 7: no task is stranded, held twice or tried too often, whatever happens in whatever order (${runs} runs)`, async () => {
  const seen = { claimed: 0, stale: 0, expired: 0, dead: 0, blocked: 0, unblocked: 0, done: 0, retried: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(work, { minLength: 5, maxLength: 25, size: 'max' }), async (steps) => {
      const fleet = new TestFleet();
      const agents = [await fleet.agent('ann'), await fleet.agent('bob')];
      const ids: string[] = [(await fleet.do('tasks.add', { title: 'first' })).taskId];
      const tokens = new Map<string, bigint>();
      for (const s of steps) {
        if (s.do === 'add') {
          const dependsOn = s.on.map((at) => pick(ids, at));
          ids.push((await fleet.do('tasks.add', { title: 'more', dependsOn, maxAttempts: s.maxAttempts })).taskId);
        } else if (s.do === 'claim') {
          const agentId = pick(agents, s.by);
          const ready = [...fleet.state.tasks.values()].filter((t) => t.state === 'ready').length;
          const { taskIds } = await fleet.do('tasks.claim', { agentId, limit: s.limit, leaseMs: 2_000 }, fleet.as(agentId));
          expect(taskIds.length, 'I-TASK-4: what is ready is handed out').toBe(Math.min(ready, s.limit));
          seen.claimed += taskIds.length;
        } else if (s.do === 'pass') {
          fleet.clock.pass(s.ms);
          seen.expired += (await fleet.do('tasks.sweep', { taskIds: ids }, system)).moved;
          expect((await fleet.do('tasks.sweep', { taskIds: ids }, system)).moved, 'twice equals once').toBe(0);
        } else if (s.do === 'cancel' || s.do === 'retry' || s.do === 'force-release') {
          const r = await fleet.ask(`tasks.${s.do}`, { id: pick(ids, s.at), reason: 'x' });
          if (s.do === 'retry' && r.ok) seen.retried += 1;
        } else {
          const t = fleet.taskOf(pick(ids, s.at));
          const r = await fleet.ask(`tasks.${s.do}`, { id: t.id, token: (t.claimToken + s.stale).toString() }, operator);
          const same = s.do === 'complete' && t.state === 'done';
          expect(r.ok, 'I-TASK-2').toBe(s.stale === 0n && (t.state === 'claimed' || same));
          if (!r.ok) seen.stale += 1;
        }
        holds(fleet);
        for (const t of fleet.state.tasks.values()) {
          expect(t.claimToken, 'I-TASK-1').toBeGreaterThanOrEqual(tokens.get(t.id) ?? 0n);
          tokens.set(t.id, t.claimToken);
          expect(t.attempts, 'I-TASK-5').toBeLessThanOrEqual(t.maxAttempts);
        }
      }
      const states = [...fleet.state.tasks.values()].map((t) => t.state);
      seen.dead += states.filter((x) => x === 'dead-letter').length;
      seen.blocked += states.filter((x) => x === 'blocked').length;
      seen.done += states.filter((x) => x === 'done').length;
      seen.unblocked += fleet.events('task.ready').filter((e) => e.data.why === 'dependencies-done').length;
    }),
    { numRuns: runs },
  );
  counted(seen);
});
