import { median, percentile, round } from './statistics.ts';

export type Throughput = { perSecond: number; p50Ms: number; p99Ms: number };

/** So many callers, each of which calls again as soon as it has its answer; `perCall` things are done by a call. */
export async function closedLoop(
  callers: number,
  forMs: number,
  perCall: number,
  call: (caller: number, turn: number) => Promise<unknown>,
): Promise<Throughput> {
  const latenciesMs: number[] = [];
  const startedMs = performance.now();
  const untilMs = startedMs + forMs;
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      for (let turn = 0; performance.now() < untilMs; turn++) {
        const beganMs = performance.now();
        const done = await call(caller, turn);
        if (done === 'nothing left') return;
        latenciesMs.push(performance.now() - beganMs);
      }
    }),
  );
  const seconds = (performance.now() - startedMs) / 1_000;
  return {
    perSecond: Math.round((latenciesMs.length * perCall) / seconds),
    p50Ms: round(median(latenciesMs)),
    p99Ms: round(percentile(latenciesMs, 0.99)),
  };
}

/** Several rounds of all cases in turn, so that a busy moment of the machine meets them all; the median of each. */
export async function inRounds(rounds: number, cases: [name: string, run: () => Promise<Throughput>][]): Promise<Map<string, Throughput>> {
  const results = new Map<string, Throughput[]>();
  for (let i = 0; i < rounds; i++)
    for (const [name, run] of cases) {
      const one = await run();
      process.stderr.write(`${name}: ${one.perSecond}/s, p50 ${one.p50Ms}, p99 ${one.p99Ms} ms\n`);
      results.set(name, [...(results.get(name) ?? []), one]);
    }
  const middle = (list: Throughput[], field: keyof Throughput) => median(list.map((t) => t[field]));
  return new Map(
    [...results].map(([name, list]) => [
      name,
      { perSecond: middle(list, 'perSecond'), p50Ms: middle(list, 'p50Ms'), p99Ms: middle(list, 'p99Ms') },
    ]),
  );
}
