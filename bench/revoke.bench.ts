/**
 * `pnpm bench revoke`: from the acceptance of a stop (its 202 is here) to the first refused call of an agent below it, over HTTP and against a
 * server in a process of its own, while the agent claims without a pause; and how many of the calls begun after the acceptance were
 * let in (none). Figures: docs/benchmarks.md.
 */
import { ReeveServer } from '../e2e/support/server.ts';
import { report } from './lib/report.ts';
import { percentile, round } from './lib/statistics.ts';

const samples = Number(process.env.BENCH_SAMPLES ?? 300);
const server = await ReeveServer.start({ REEVE_DEMO: '0', REEVE_WEB: '0', REEVE_RUNNER: '0', NODE_ENV: 'production' });
type Registered = { agentId: string; token: string };

/** One subtree of three, whose leaf claims until it is refused. */
async function sample(): Promise<{ ms: number; letIn: number }> {
  const root = await server.api<Registered>('POST', '/agents', { name: 'root' });
  const middle = await server.api<Registered>('POST', '/agents', { name: 'middle' }, root.token);
  const leaf = await server.api<Registered>('POST', '/agents', { name: 'leaf' }, middle.token);
  let acceptedMs = Number.POSITIVE_INFINITY;
  let letIn = 0;
  const claiming = (async () => {
    for (;;) {
      const begunMs = performance.now();
      const res = await fetch(`${server.url}/api/v1/tasks/claim`, {
        method: 'POST',
        headers: { authorization: `Bearer ${leaf.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ agentId: leaf.agentId }),
      });
      await res.arrayBuffer();
      if (res.status === 409) return performance.now();
      if (res.status !== 200) throw new Error(`a claim answered ${res.status}`);
      if (begunMs > acceptedMs) letIn += 1;
    }
  })();
  await server.api('POST', `/agents/${root.agentId}/stop`, { mode: 'force', reason: 'bench' });
  acceptedMs = performance.now();
  // one that was refused before the acceptance was heard of took no time at all
  return { ms: Math.max(0, (await claiming) - acceptedMs), letIn };
}

try {
  for (let i = 0; i < 20; i++) await sample();
  const all: Awaited<ReturnType<typeof sample>>[] = [];
  for (let i = 0; i < samples; i++) all.push(await sample());
  const ms = all.map((s) => s.ms);
  const [p50, p99] = [percentile(ms, 0.5), percentile(ms, 0.99)];
  const letIn = all.reduce((n, s) => n + s.letIn, 0);
  report(
    'revoke',
    [
      { what: 'to the first refused call, p50', value: `${round(p50)} ms` },
      { what: 'to the first refused call, p99', value: `${round(p99)} ms`, target: '< 50 ms', met: p99 < 50 },
      { what: 'calls begun after the acceptance and let in', value: String(letIn), target: '0', met: letIn === 0 },
    ],
    { samples, p50, p99, letIn },
  );
} finally {
  await server.remove();
}
