/**
 * `pnpm bench attacks`: what a call of somebody else takes beside each attack, over HTTP and against a server in a process of its own. Windows
 * with and without the attack take turns, so that a busy moment of the machine meets both; the ratio of their medians is what
 * counts. Target: no attack makes it more than a tenth slower. Figures: docs/benchmarks.md.
 */
import { fork } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { ReeveServer } from '../e2e/support/server.ts';
import type { Fired, Order } from './attacks/attacker.ts';
import { type Attack, attacksWith } from './attacks/attacks.ts';
import { type Line, report } from './lib/report.ts';
import { median, percentile, round } from './lib/statistics.ts';

const windows = Number(process.env.BENCH_PAIRS ?? 12);
const windowMs = Number(process.env.BENCH_CASE_MS ?? 1_000);
const pauseMs = 10;
/** A part of the names of those that are to be run. */
const only = new RegExp(process.env.BENCH_ONLY ?? '', 'i');

const server = await ReeveServer.start({
  REEVE_DEMO: '0',
  REEVE_WEB: '0',
  REEVE_RUNNER: '0',
  REEVE_INIT_OWNER_EMAIL: 'owner@example.com',
  REEVE_INIT_OWNER_PASSWORD: 'a password of the owner',
});
const attacker = fork(fileURLToPath(new URL('./attacks/attacker.ts', import.meta.url)), { execArgv: ['--import', 'tsx'] });
const tell = (order: Order) => attacker.send(order);

/** Calls of a victim, one after the other with a short pause between them: reads and writes by turns. */
async function victim(): Promise<number[]> {
  const untilMs = performance.now() + windowMs;
  const all: number[] = [];
  for (let n = 0; performance.now() < untilMs; n++) {
    const fromMs = performance.now();
    if (n % 2 === 0) await server.api('GET', '/me');
    else await server.api('POST', `/agents/${watched}/heartbeat`, {});
    all.push(performance.now() - fromMs);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return all;
}
const { agentId: watched } = await server.api<{ agentId: string }>('POST', '/agents', { name: 'victim' });

type Beside = { name: string; ratio: number; quietMs: number; besideMs: number; p99Ms: number; told: string };
async function beside(name: string, begin: () => Promise<void> | void, cease: () => Promise<string>): Promise<Beside> {
  const quiet: number[] = [];
  const during: number[] = [];
  let told = '';
  for (let i = 0; i < windows; i++) {
    quiet.push(...(await victim()));
    await begin();
    during.push(...(await victim()));
    told = await cease();
    // what is still on its way is not to meet the quiet window
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const [quietMs, besideMs] = [median(quiet), median(during)];
  const one = { name, ratio: besideMs / quietMs, quietMs, besideMs, p99Ms: percentile(during, 0.99), told };
  process.stderr.write(
    `${name}: ${round(quietMs, 2)} -> ${round(besideMs, 2)} ms (p99 ${round(percentile(quiet, 0.99))} -> ${round(one.p99Ms)}), ${told}\n`,
  );
  return one;
}
const fireOff = (attack: Attack) =>
  beside(
    `${attack.name}, ${attack.perSecond}/s`,
    () => void tell({ url: server.url, attack }),
    async () => {
      const told = new Promise<Fired>((resolve) => attacker.once('message', (m) => resolve(m as Fired)));
      tell('cease');
      const { sent, statuses } = await told;
      return `${sent} sent: ${Object.entries(statuses)
        .map(([status, n]) => `${n} × ${status}`)
        .join(', ')}`;
    },
  );

/** Three hundred clients that send a byte every half second and never end. */
function slowloris(): Promise<Beside> {
  let sockets: Socket[] = [];
  let drip: NodeJS.Timeout | undefined;
  return beside(
    'slowloris, 300 clients',
    async () => {
      const { port, host } = new URL(server.url);
      sockets = Array.from({ length: 300 }, () => connect(Number(port), '127.0.0.1').on('error', () => {}));
      await Promise.all(sockets.map((s) => new Promise<void>((resolve) => s.once('connect', () => resolve()))));
      for (const s of sockets) s.write(`POST /api/v1/agents HTTP/1.1\r\nhost: ${host}\r\nx-slow: `);
      drip = setInterval(() => {
        for (const s of sockets) if (s.writable) s.write('a');
      }, 500);
    },
    async () => {
      clearInterval(drip);
      const open = sockets.filter((s) => !s.destroyed && s.writable).length;
      for (const s of sockets) s.destroy();
      return `${open} of 300 open`;
    },
  );
}

try {
  for (let i = 0; i < 5; i++) await victim();
  const all: Beside[] = [
    await beside(
      'nothing',
      () => {},
      async () => 'the noise of this run',
    ),
  ];
  for (const attack of attacksWith(server.token)) if (only.test(attack.name)) all.push(await fireOff(attack));
  if (only.test('slowloris')) all.push(await slowloris());
  report(
    'attacks',
    all.map(
      ({ name, ratio, quietMs, besideMs, p99Ms }): Line => ({
        what: name,
        value: `${round(quietMs, 2)} -> ${round(besideMs, 2)} ms: ${round(ratio, 2)} times (p99 ${round(p99Ms)} ms)`,
        target: '<= 1.1',
        met: ratio <= 1.1,
      }),
    ),
    { windows, windowMs, all },
  );
} finally {
  tell('end');
  await server.remove();
}
