/**
 * `pnpm bench locks`: acquire and release over HTTP, against a server in a process of its own: by one caller that nobody disturbs, in turns
 * with a call that does nothing but ask the database `select 1` through the same stack (`/readyz`); then many callers at one mutex and at a
 * semaphore; then how soon a ring of five that wait for each other is told. Figures: docs/benchmarks.md.
 */
import { ReeveServer } from '../e2e/support/server.ts';
import { report } from './lib/report.ts';
import { median, percentile, round } from './lib/statistics.ts';

const pairs = Number(process.env.BENCH_PAIRS ?? 1_000);
const callers = 8;
const rings = Number(process.env.BENCH_RINGS ?? 20);
const server = await ReeveServer.start({ REEVE_DEMO: '0', REEVE_WEB: '0', REEVE_RUNNER: '0', NODE_ENV: 'production' });
type Registered = { agentId: string };
type Granted = { token: string };
const register = async (name: string) => (await server.api<Registered>('POST', '/agents', { name })).agentId;
const took = async (work: () => Promise<unknown>): Promise<number> => {
  const beganMs = performance.now();
  await work();
  return performance.now() - beganMs;
};
const timesOf = (ms: readonly number[]) => `${round(median(ms))} / ${round(percentile(ms, 0.99))} ms`;

/** Nobody else: acquire, release, and the bare question, one after the other. */
async function alone(agentId: string, n: number) {
  const ms = { acquire: [] as number[], release: [] as number[], bare: [] as number[] };
  for (let i = 0; i < n; i++) {
    let token = '';
    ms.acquire.push(
      await took(async () => {
        token = (await server.api<Granted>('POST', '/locks/alone/acquire', { agentId })).token;
      }),
    );
    ms.release.push(await took(() => server.api('POST', '/locks/alone/release', { agentId, token })));
    ms.bare.push(await took(async () => (await fetch(`${server.url}/readyz`)).arrayBuffer()));
  }
  return ms;
}

/** So many callers at once at one lock, each acquiring, releasing and coming again: pairs a second, and how long an acquire waits. */
async function contended(name: string, permits: number, n: number) {
  const agents = await Promise.all(Array.from({ length: callers }, (_, i) => register(`${name} ${i}`)));
  const waits: number[] = [];
  let left = n;
  const beganMs = performance.now();
  await Promise.all(
    agents.map(async (agentId) => {
      while (left-- > 0) {
        let token = '';
        waits.push(
          await took(async () => {
            const ask = { agentId, permits, waitMs: 60_000, blocking: false };
            token = (await server.api<Granted>('POST', `/locks/${name}/acquire`, ask)).token;
          }),
        );
        await server.api('POST', `/locks/${name}/release`, { agentId, token });
      }
    }),
  );
  return { pairsPerSecond: round(waits.length / ((performance.now() - beganMs) / 1_000)), waits };
}

/** Five agents, each holding one lock and asking for the next one's: from the ask that closes the ring to the answer of the victim. */
async function ring(round: number): Promise<number> {
  const five = await Promise.all([0, 1, 2, 3, 4].map((i) => register(`ring ${i}`)));
  const lockOf = (i: number) => `ring-${round}-${i % 5}`;
  for (const [i, agentId] of five.entries()) await server.api('POST', `/locks/${lockOf(i)}/acquire`, { agentId });
  let told: () => void = () => {};
  const victim = new Promise<void>((go) => {
    told = go;
  });
  const wait = async (i: number) => {
    const res = await fetch(`${server.url}/api/v1/locks/${lockOf(i + 1)}/acquire`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ agentId: five[i], waitMs: 10_000 }),
    });
    const answer = (await res.json()) as { error?: { code: string } };
    if (answer.error?.code === 'deadlock') told();
  };
  const waits = [0, 1, 2, 3].map(wait);
  await waiting(4, round);
  const beganMs = performance.now();
  waits.push(wait(4));
  await victim;
  const ms = performance.now() - beganMs;
  for (const agentId of five) await server.api('POST', `/agents/${agentId}/finish`, { outcome: 'completed' });
  await Promise.all(waits);
  return ms;
}
/** Until so many wait at the locks of this ring. */
async function waiting(n: number, round: number): Promise<void> {
  for (;;) {
    const { items } = await server.api<{ items: { name: string; waiters: unknown[] }[] }>('GET', '/locks?held=true&limit=200');
    const here = items.filter((l) => l.name.startsWith(`ring-${round}-`));
    if (here.reduce((sum, l) => sum + l.waiters.length, 0) >= n) return;
  }
}

try {
  const agentId = await register('alone');
  await alone(agentId, 100);
  const ms = await alone(agentId, pairs);
  const mutex = await contended('mutex', 1, pairs);
  const semaphore = await contended('semaphore', 4, pairs);
  const found: number[] = [];
  for (let i = 0; i < rings; i++) found.push(await ring(i));
  const pair = ms.acquire.map((a, i) => a + (ms.release[i] as number));
  const worst = Math.max(...found);
  report(
    'locks',
    [
      { what: 'nobody else: acquire, p50 / p99', value: timesOf(ms.acquire) },
      { what: '  release', value: timesOf(ms.release) },
      { what: '  both', value: `${timesOf(pair)}, ${round(median(pair) / median(ms.bare))} times the bare question` },
      { what: '  `select 1` through the same stack', value: timesOf(ms.bare) },
      { what: `${callers} callers at a mutex`, value: `${mutex.pairsPerSecond}/s, an acquire ${timesOf(mutex.waits)}` },
      { what: `${callers} callers at a semaphore of 4`, value: `${semaphore.pairsPerSecond}/s, an acquire ${timesOf(semaphore.waits)}` },
      {
        what: `a ring of five told, p50 / worst of ${rings}`,
        value: `${round(median(found))} / ${round(worst)} ms`,
        target: '< 1000 ms',
        met: worst < 1_000,
      },
    ],
    { pairs, alone: ms, mutex, semaphore, rings: found },
  );
} finally {
  await server.remove();
}
