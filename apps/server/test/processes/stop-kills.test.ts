import { setTimeout as passed } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRunning } from '../../src/database/process-identity.ts';
import { until } from '../database/support.ts';
import type { Json } from '../harness.ts';
import { RunnerProcess } from './runner-process.ts';
import { ServerProcess } from './server-process.ts';

/** A few in CI; twenty and more on demand. */
const kills = Number(process.env.REEVE_STOP_KILLS ?? 4);
const processes = 100;
const graceMs = 10_000;
const killConfirmMs = 1_000;
/** The kill comes early enough for the next server to be there before the deadline. */
const killWithinMs = 4_000;
/**
 * What a busy machine may add, to the deadline or to the moment at which the next server is there (the later of both), beside as
 * long as that server took to come: nothing else tells so well how slow the machine is just now.
 */
const lateMs = 4_000;
/** When nobody is waited for any more. */
const giveUpMs = 60_000;

/** A third of them does not hear TERM, and a third leaves another process in a session of its own. */
const commands = ['exec sleep 600', 'trap "" TERM; while :; do sleep 600; done', 'setsid sleep 600 & exec sleep 600'];

const alive = (agents: readonly Json[]) => agents.filter((a) => isRunning({ pid: a.pid, startTime: a.pid_start_time }));
/** The moment at which the last of these was seen gone, or when it was no longer waited for. */
async function whenGone(agents: readonly Json[], giveUpMs: number): Promise<number> {
  while (alive(agents).length && Date.now() < giveUpMs) await passed(50);
  return Date.now();
}

describe.runIf(process.platform === 'linux')(`kill -9 of the server in a stop of ${processes} processes, ${kills} times`, () => {
  let server: ServerProcess;
  let runner: RunnerProcess;
  beforeAll(async () => {
    server = await ServerProcess.start();
    runner = await RunnerProcess.start(server);
  });
  afterAll(async () => {
    await runner?.stop();
    await server?.remove();
  });

  const launch = async (parentId: string, name: string, n: number): Promise<string> => {
    const args = ['-c', commands[n % commands.length] as string];
    return (await server.ok('POST', `/agents/${parentId}/spawn`, { name, command: 'bash', args, requestId: name })).agentId;
  };
  /** 1 + 9 + 90, all running. */
  async function tree(round: number): Promise<string> {
    const top = await launch(runner.rootId, `top ${round}`, 0);
    const middle = await Promise.all(Array.from({ length: 9 }, (_, i) => launch(top, `middle ${round}.${i}`, i)));
    await Promise.all(Array.from({ length: processes - 10 }, (_, i) => launch(middle[i % 9] as string, `leaf ${round}.${i}`, i)));
    const started = `select count(*)::int as n from agent where $1 = any(path) and pid is not null`;
    await until(async () => (await server.sql(started, [top]))[0].n === processes, 'all processes to run', 60_000);
    return top;
  }

  it(
    'I-STOP-7: the next server ends the same stop by its first deadline; nobody is left, nobody is asked after its end',
    async () => {
      const openAfterTheKill: number[] = [];
      const endedMs: number[] = [];
      for (let round = 1; round <= kills; round++) {
        const top = await tree(round);
        const before = await server.sql('select id, pid, pid_start_time from agent where $1 = any(path)', [top]);
        const request = { mode: 'graceful', graceMs, killConfirmMs, reason: 'kill -9 in the middle' };
        const { stopId, members, deadline } = await server.ok('POST', `/agents/${top}/stop`, request);
        expect(members).toBe(processes);
        const gone = whenGone(before, Date.parse(deadline) + giveUpMs);
        await passed(Math.random() * killWithinMs);
        await server.kill();
        const killedMs = Date.now();
        await server.up();
        const dueMs = Math.max(Date.parse(deadline), Date.now());
        const mostLateMs = lateMs + (Date.now() - killedMs);
        const open = await server.sql(`select count(*)::int as n from stop_member where stop_id = $1 and ended_at is null`, [stopId]);
        openAfterTheKill.push(open[0].n);
        await until(async () => (await server.ok('GET', `/stops/${stopId}`)).state === 'done', 'the stop to end', giveUpMs);

        const [stop] = await server.sql('select deadline_at, ended_at from stop where id = $1', [stopId]);
        expect(stop.deadline_at.toISOString(), 'the deadline').toBe(deadline);
        expect(stop.ended_at.getTime() - dueMs, 'the stop, after the deadline').toBeLessThanOrEqual(mostLateMs);
        endedMs.push(stop.deadline_at.getTime() - stop.ended_at.getTime());
        const receipt = await server.sql('select name, outcome, evidence from stop_member where stop_id = $1', [stopId]);
        expect(receipt.length).toBe(processes);
        expect(receipt.filter((m) => !['stopped', 'killed'].includes(m.outcome) || m.evidence?.process?.survivors !== 0)).toEqual([]);
        expect((await gone) - dueMs, 'the last process, after the deadline').toBeLessThanOrEqual(mostLateMs);
        expect(alive(before)).toEqual([]);
        // the log says for each: asked once, and not after its end
        const facts = `select data->>'agentId' as id, type, seq from event
          where subject_id = $1 and type in ('stop.asked', 'stop.member-ended') and data->>'agentId' is not null order by seq`;
        const asked = new Map<string, number>();
        const ended = new Set<string>();
        for (const { id, type } of await server.sql(facts, [stopId])) {
          if (type === 'stop.member-ended') ended.add(id);
          else asked.set(id, (asked.get(id) ?? 0) + 1);
          if (type === 'stop.asked') expect(ended.has(id), `${id} was asked after its end`).toBe(false);
        }
        expect([...asked.values()].filter((n) => n !== 1)).toEqual([]);
        expect(ended.size).toBe(processes);
      }
      // the kill came in the middle at least once
      expect(openAfterTheKill.some((n) => n > 0)).toBe(true);
      console.log(
        `open members after each kill: ${openAfterTheKill.join(', ')}; the stop ended, ms before its deadline: ${endedMs.join(', ')}`,
      );
    },
    60_000 + kills * 40_000,
  );
});
