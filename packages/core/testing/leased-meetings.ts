import { Leased, type LeasedCalls } from '../src/coordination/leased.ts';
import type { LoggedEvent } from '../src/kernel/events.ts';
import type { Result } from '../src/kernel/result.ts';
import type { CommandOutput, CommandType } from '../src/supervisor/commands.ts';
import type { Commit, Ports } from '../src/supervisor/ports.ts';
import { createSupervisor } from '../src/supervisor/supervisor.ts';
import type { FakeTimers } from './fake-timers.ts';
import type { MeetingsUnderTest } from './meeting-contract.ts';
import { commandOf, operator, system } from './test-fleet.ts';

/** Whose wait a fact has ended; the server's wake-ups know the same. */
const toldBy = (e: LoggedEvent): readonly { agentId: string; requestId: string | null }[] => {
  switch (e.type) {
    case 'lock.granted':
    case 'lock.wait-ended':
    case 'barrier.left':
      return [e.data];
    case 'barrier.released':
    case 'barrier.broken':
      return e.data.parties;
    default:
      return [];
  }
};

/** The leased locks and barriers of one project of a store, with a loop that sweeps on the same timers. */
export function leasedMeetings(ports: Ports, projectId: string, timers: FakeTimers): MeetingsUnderTest {
  const supervisor = createSupervisor(ports);
  const sleepers = new Map<string, Set<() => void>>();
  const wake = (commit: Commit) => {
    for (const e of commit.events)
      for (const p of toldBy(e)) for (const go of [...(sleepers.get(`${p.agentId}/${p.requestId}`) ?? [])]) go();
  };
  async function ask<T extends CommandType>(type: T, told: object, actor = operator): Promise<Result<CommandOutput<T>>> {
    const { results, commit } = await supervisor.executeBatch(projectId, [commandOf(type, told as never, actor)]);
    wake(commit);
    return results[0] as Result<CommandOutput<T>>;
  }
  const calls: LeasedCalls = {
    acquire: (o) => ask('locks.acquire', o),
    release: (o) => ask('locks.release', o),
    renew: (o) => ask('locks.renew', o),
    withdrawLock: (o) => ask('locks.withdraw', o),
    arrive: (o) => ask('barriers.wait', o),
    withdrawBarrier: (o) => ask('barriers.withdraw', o),
    nowMs: timers.nowMs,
    nextId: () => ports.ids.next('request'),
    sleep(agentId, requestId, ms) {
      const key = `${agentId}/${requestId}`;
      let cancel = () => {};
      const woken = new Promise<void>((resolve) => {
        const callOff = timers.after(ms, () => cancel());
        cancel = () => {
          callOff();
          sleepers.get(key)?.delete(cancel);
          resolve();
        };
        sleepers.set(key, (sleepers.get(key) ?? new Set()).add(cancel));
      });
      return { woken, cancel: () => cancel() };
    },
  };
  const leased = new Leased(calls);
  return {
    mutex: (name) => leased.mutex(name),
    semaphore: (name, permits) => leased.semaphore(name, permits),
    barrier: (name, parties, o) => leased.barrier(name, parties, o),
    async owner() {
      const r = await ask('agents.register', { name: 'owner' });
      if (!r.ok) throw new Error(r.error.code);
      return r.value.agentId;
    },
    async end(id) {
      await ask('agents.finish', { id, outcome: 'completed' });
    },
    async pass(ms) {
      for (let left = ms; left > 0; left -= 500) {
        await timers.pass(Math.min(500, left));
        await ask('coordination.sweep', {}, system);
      }
      await timers.pass(0);
    },
  };
}
