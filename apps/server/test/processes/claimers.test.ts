import { setTimeout as passed } from 'node:timers/promises';
import { assertLinearizable, type Model, type Operation } from '@reeve/core/testing/linearizability';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../harness.ts';
import { ServerProcess, Unanswered } from './server-process.ts';

/** As many in CI; 50 claimers, 10,000 tasks and three kills make the whole of it (REEVE_CLAIM_TASKS=10000). */
const tasks = Number(process.env.REEVE_CLAIM_TASKS ?? 300);
const claimers = 50;
const kills = 3;
/** The shortest there is, so that a holder that dawdles loses its claim. */
const leaseMs = 1_000;

type Input = { do: 'claim' } | { do: 'complete'; token: bigint };
type Output = { said: 'granted'; token: bigint } | { said: 'done' | 'stale' };
type Spec = { token: bigint; status: 'free' | 'held' | 'done' };
/**
 * One task, from I-TASK-1 to 3: a grant has a token above all before; done is done with the token of the last grant, once;
 * a token that was refused never writes again. That a lease ends is nobody's call, so `held` may be granted anew.
 */
const oneTask: Model<Spec, Input, Output> = {
  init: { token: 0n, status: 'free' },
  key: (s) => `${s.token} ${s.status}`,
  step(s, input, output) {
    if (!output) return undefined;
    if (input.do === 'claim') {
      if (output.said !== 'granted' || s.status === 'done' || output.token <= s.token) return undefined;
      return { token: output.token, status: 'held' };
    }
    if (output.said === 'done') return input.token === s.token && s.status !== 'free' ? { ...s, status: 'done' } : undefined;
    if (s.status === 'done') return input.token === s.token ? undefined : s;
    return input.token < s.token ? s : { token: input.token, status: 'free' };
  },
};

describe(`${claimers} claimers, ${tasks} tasks, connections killed at random, kill -9 of the server ${kills} times`, () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await ServerProcess.start({ REEVE_AGENT_LEASE_MS: '30000' });
  });
  afterAll(() => server?.remove());

  it(
    'I-TASK-1 to 6: each task is done once, none is stranded, late writes are refused and visible, histories are linearizable',
    async () => {
      const histories = new Map<string, Operation<Input, Output>[]>();
      let stamp = 0;
      const write = (id: string, client: number, input: Input, calledAt: number, output: Output) => {
        const operation = { client, input, calledAt, reply: { output, at: stamp++ } };
        histories.set(id, [...(histories.get(id) ?? []), operation]);
      };
      const done = new Map<string, string>();
      const count = { unanswered: 0, late: 0 };
      /** With the same request until it is answered. */
      const ask = async (path: string, body: object, token?: string) => {
        for (let tries = 0; ; tries++) {
          try {
            return await server.call('POST', path, body, token);
          } catch (e) {
            if (!(e instanceof Unanswered)) throw e;
            count.unanswered += 1;
            await passed(Math.min(400, 25 * 2 ** tries));
          }
        }
      };
      for (let i = 0; i < tasks; i += 1_000) {
        const some = Array.from({ length: Math.min(1_000, tasks - i) }, (_, n) => ({
          title: `t${i + n}`,
          maxAttempts: 100,
          requestId: `t${i + n}`,
        }));
        await ask('/tasks/batch', { tasks: some });
      }
      const claimer = async (n: number) => {
        const agent = (await ask('/agents', { name: `claimer ${n}`, requestId: `claimer ${n}` })).body;
        let beatMs = 0;
        for (let turn = 0; done.size < tasks; turn++) {
          if (Date.now() - beatMs > 5_000) {
            await ask(`/agents/${agent.agentId}/heartbeat`, { epoch: 1 }, agent.token);
            beatMs = Date.now();
          }
          const calledAt = stamp++;
          const { body } = await ask(
            '/tasks/claim',
            { agentId: agent.agentId, leaseMs, waitMs: 500, requestId: `${n}.${turn}` },
            agent.token,
          );
          for (const task of body.tasks as Json[]) {
            write(task.id, n, { do: 'claim' }, calledAt, { said: 'granted', token: BigInt(task.claim.token) });
            await work(n, agent.token, task);
          }
        }
      };
      const work = async (n: number, token: string, task: Json) => {
        // one of ten dawdles until its lease is over, and writes all the same
        if (Math.random() < 0.1) await passed(leaseMs + 800);
        const calledAt = stamp++;
        const written: Input = { do: 'complete', token: BigInt(task.claim.token) };
        const { status } = await ask(`/tasks/${task.id}/complete`, { token: task.claim.token }, token);
        if (status === 200) {
          write(task.id, n, written, calledAt, { said: 'done' });
          done.set(task.id, task.claim.token);
        } else {
          expect(status).toBe(412);
          write(task.id, n, written, calledAt, { said: 'stale' });
          count.late += 1;
        }
      };
      const disturb = async () => {
        for (let kill = 1; kill <= kills; kill++) {
          while (done.size < (tasks * kill) / (kills + 1)) {
            await passed(300);
            const mine = "pid <> pg_backend_pid() and backend_type = 'client backend'";
            await server.sql(`select pg_terminate_backend(pid) from pg_stat_activity where ${mine} and random() < 0.3`).catch(() => {});
          }
          await server.kill();
          await server.up();
        }
      };
      await Promise.all([disturb(), ...Array.from({ length: claimers }, (_, n) => claimer(n))]);

      const rows = await server.sql("select id, state, claim_token::text as token from task where title like 't%'");
      expect(rows.filter((r) => r.state !== 'done')).toEqual([]);
      expect(rows).toHaveLength(tasks);
      expect(rows.filter((r) => done.get(r.id) !== r.token)).toEqual([]);
      const [facts] = await server.sql(
        `select count(*) filter (where type = 'task.completed')::int as completed, count(distinct subject_id) filter (where type = 'task.completed')::int as tasks,
           count(*) filter (where type = 'task.superseded')::int as late from event`,
      );
      expect(facts).toMatchObject({ completed: tasks, tasks });
      // at least: one whose answer was lost was asked, and kept, again
      expect(facts.late).toBeGreaterThanOrEqual(count.late);
      expect(count.late).toBeGreaterThan(0);
      for (const h of histories.values()) assertLinearizable(oneTask, h);
      const operations = [...histories.values()].reduce((sum, h) => sum + h.length, 0);
      console.log(
        `${tasks} tasks done once, ${operations} operations linearizable, ${count.late} late writes refused, ${count.unanswered} calls asked again`,
      );
    },
    120_000 + tasks * 60,
  );
});
