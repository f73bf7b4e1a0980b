import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as passed } from 'node:timers/promises';
import { assertLinearizable, type Model, type Operation } from '@reeve/core/testing/linearizability';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkoutDir } from '../../src/config.ts';
import type { Json } from '../harness.ts';
import { barrierParties, type Line, leaseMs, lockAt } from './meetings.ts';
import { projectToken, ServerProcess } from './server-process.ts';

const locks = (turns: number) => [...new Map(Array.from({ length: turns }, (_, t) => lockAt(t)).map((l) => [l.name, l])).values()];
/** Turns of each process; with `REEVE_MEETING_TURNS=200` ten holders and the server five times are killed on the way. */
const turns = Number(process.env.REEVE_MEETING_TURNS ?? 16);
const processes = 8;
const holderKills = Math.max(3, Math.floor(turns / 20));
const serverKills = Math.max(1, Math.floor(turns / 40));
const program = join(checkoutDir, 'apps/server/test/processes/meeting-agent.ts');

type Call = { n: string; at: string; do: string; calledMs: number; token?: string; answeredMs?: number; status?: number; said?: Json };
type Input = { do: 'acquire' } | { do: 'release'; token: bigint };
type Output = { said: 'granted'; token: bigint } | { said: 'yes' | 'no' };
type Spec = { last: bigint; open: readonly bigint[] };
/**
 * One lock, from I-SYNC-2: each grant has a token above all before, and a release works once, with the token of a grant. That a lease
 * ends is nobody's call, so how many hold at once is not in it: `atOnce` looks at that.
 */
const oneLock: Model<Spec, Input, Output> = {
  init: { last: 0n, open: [] },
  key: (s) => `${s.last} ${s.open.join()}`,
  step(s, input, output) {
    if (input.do === 'acquire')
      return output?.said === 'granted' && output.token > s.last ? { last: output.token, open: [...s.open, output.token] } : undefined;
    const there = s.open.includes(input.token);
    if (output?.said === 'yes' && !there) return undefined;
    return there ? { ...s, open: s.open.filter((t) => t !== input.token) } : s;
  },
};
/** The most that held at one moment for certain: from the answer on until the release was asked for or the lease was over. */
function atOnce(calls: readonly Call[]): number {
  const edges: [ms: number, step: 1 | -1][] = [];
  for (const c of calls) {
    if (c.do !== 'acquire' || c.status !== 200 || c.answeredMs === undefined) continue;
    const released = calls.find((r) => r.do === 'release' && r.token === c.said?.token);
    const untilMs = Math.min(Date.parse(c.said?.expiresAt), released?.calledMs ?? Number.POSITIVE_INFINITY);
    if (untilMs > c.answeredMs) edges.push([c.answeredMs, 1], [untilMs, -1]);
  }
  let holding = 0;
  let most = 0;
  for (const [, step] of edges.sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    holding += step;
    most = Math.max(most, holding);
  }
  return most;
}

describe(`${processes} processes at a mutex, a semaphore and a barrier, ${holderKills} holders and ${serverKills} servers killed with -9`, () => {
  let server: ServerProcess;
  const folder = mkdtempSync(join(tmpdir(), 'meetings '));
  const running = new Map<string, ChildProcess>();
  beforeAll(async () => {
    server = await ServerProcess.start({ REEVE_AGENT_LEASE_MS: '30000' });
  });
  afterAll(async () => {
    for (const child of running.values()) child.kill('SIGKILL');
    await server?.remove();
    rmSync(folder, { recursive: true, force: true });
  });
  const journalOf = (name: string) => join(folder, name);
  const linesOf = (name: string): Line[] =>
    existsSync(journalOf(name))
      ? readFileSync(journalOf(name), 'utf8')
          .split('\n')
          .filter((l) => l.endsWith('}'))
          .map((l) => JSON.parse(l))
      : [];
  const callsOf = (name: string): Call[] => {
    const calls = new Map<string, Call>();
    for (const l of linesOf(name)) calls.set(l.n, { ...calls.get(l.n), ...l } as Call);
    return [...calls.values()];
  };
  const start = (name: string): Promise<number | null> => {
    const child = spawn(process.execPath, ['--import', 'tsx', program, journalOf(name), name, String(turns)], {
      cwd: join(checkoutDir, 'apps/server'),
      env: { ...process.env, REEVE_URL: server.url, REEVE_TOKEN: projectToken },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    running.set(name, child);
    return new Promise((resolve) =>
      child.once('exit', (code) => {
        running.delete(name);
        resolve(code);
      }),
    );
  };
  /** Whose last line is a grant: it holds now, or did a moment ago. */
  const holder = () =>
    [...running.keys()].find((name) => {
      const last = linesOf(name).at(-1);
      return last?.do === 'acquire' && 'answeredMs' in last && last.status === 200;
    });

  it(
    'I-SYNC-1, 2, 3, 5, 6: histories are linearizable, no permit is lost, nobody waits for ever',
    async () => {
      const names: string[] = [];
      const killed = new Set<string>();
      const begin = async (name: string): Promise<void> => {
        names.push(name);
        const code = await start(name);
        if (!killed.has(name)) expect(code, name).toBe(0);
        // another one takes its place, until the kills are over
        else await begin(`${name}+`);
      };
      const all = Promise.all(Array.from({ length: processes }, (_, i) => begin(`p${i}`)));
      let ended = false;
      void all.finally(() => {
        ended = true;
      });
      const disturb = async () => {
        for (let n = 0; n < holderKills + serverKills && !ended; n++) {
          await passed(700);
          if (n % Math.ceil((holderKills + serverKills) / serverKills) === 1) {
            await server.kill();
            await server.up();
            continue;
          }
          let name = holder();
          for (; !name && !ended; name = holder()) await passed(5);
          if (!name) continue;
          killed.add(name);
          running.get(name)?.kill('SIGKILL');
        }
      };
      await Promise.all([all, disturb()]);

      const calls = names.flatMap(callsOf);
      const counts = { operations: 0, yes: 0, no: 0, unanswered: 0, released: 0, broken: 0, timedOut: 0 };
      for (const { name, permits } of locks(turns)) {
        const here = calls.filter((c) => c.at === name);
        const history: Operation<Input, Output>[] = [];
        for (const c of here) {
          const client = names.findIndex((n) => c.n.startsWith(`${n}.`));
          const input: Input = c.do === 'acquire' ? { do: 'acquire' } : { do: 'release', token: BigInt(c.token ?? 0) };
          if (c.answeredMs === undefined) {
            counts.unanswered += 1;
            if (input.do === 'release') history.push({ client, input, calledAt: c.calledMs });
            continue;
          }
          // waits are long: a process that was not killed has got what it asked for
          expect(c.status, JSON.stringify(c)).toBe(200);
          const output: Output =
            input.do === 'acquire' ? { said: 'granted', token: BigInt(c.said.token) } : { said: c.said.released ? 'yes' : 'no' };
          if (output.said !== 'granted') counts[output.said] += 1;
          history.push({ client, input, calledAt: c.calledMs, reply: { output, at: c.answeredMs } });
        }
        counts.operations += history.length;
        assertLinearizable(oneLock, history);
        expect(atOnce(here), `holders of the ${name} at once`).toBeLessThanOrEqual(permits);
        // the first release of a lease that was not over found its permit
        const firsts = new Map<string, Call>();
        for (const c of here) if (c.do === 'release' && !firsts.has(c.token ?? '')) firsts.set(c.token ?? '', c);
        for (const grant of here.filter((c) => c.do === 'acquire' && c.status === 200)) {
          const first = firsts.get(grant.said.token);
          if (first?.answeredMs !== undefined && first.answeredMs < Date.parse(grant.said.expiresAt))
            expect(first.said.released, JSON.stringify([grant, first])).toBe(true);
        }
      }

      const waits = calls.filter((c) => c.do === 'wait' && c.answeredMs !== undefined);
      const generations = new Map<number, Call[]>();
      for (const w of waits) {
        if (w.status === 200) {
          counts.released += 1;
          generations.set(w.said.generation, [...(generations.get(w.said.generation) ?? []), w]);
        } else if (w.said?.error?.code === 'broken_barrier') counts.broken += 1;
        else if (w.said?.error?.code === 'timed_out') counts.timedOut += 1;
        else throw new Error(`a wait ended with ${JSON.stringify(w)}`);
      }
      for (const [generation, parties] of generations) {
        // of a party that was killed just then the answer is missing
        expect(parties.length, `parties of ${generation}`).toBeLessThanOrEqual(barrierParties);
        expect(new Set(parties.map((p) => p.said.index)).size).toBe(parties.length);
        const lastCame = Math.max(...parties.map((p) => p.calledMs));
        for (const p of parties) expect(p.answeredMs, `${p.n} went on before all had come`).toBeGreaterThanOrEqual(lastCame);
      }

      // every permit is there, and nobody waits
      await passed(leaseMs);
      const fresh = await server.ok('POST', '/agents', { name: 'last' });
      for (const { name, permits } of locks(turns)) {
        for (let i = 0; i < permits; i++)
          await server.ok('POST', `/locks/${name}/acquire`, { agentId: fresh.agentId, permits, leaseMs: 30_000, requestId: `last ${i}` });
        const more = await server.call('POST', `/locks/${name}/acquire`, { agentId: fresh.agentId, permits, requestId: 'one more' });
        expect(more.status).toBe(408);
      }
      for (const what of ['locks', 'barriers'])
        for (const meeting of (await server.ok('GET', `/${what}?held=true`)).items as Json[])
          expect((meeting.waiters ?? meeting.waiting ?? meeting.arrived ?? []).length ?? 0, JSON.stringify(meeting)).toBe(0);
      expect(killed.size).toBeGreaterThan(0);
      expect(counts.released).toBeGreaterThan(0);
      console.log(`${JSON.stringify({ ...counts, killed: killed.size, generations: generations.size })}`);
    },
    120_000 + turns * 6_000,
  );
});
