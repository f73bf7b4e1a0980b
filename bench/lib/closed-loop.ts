import { cpuMsBetween, cpuOf } from './cpu.ts';
import { median, percentile, round } from './statistics.ts';

/** With the processor time that one thing took in this process and in the database: a busy machine leaves that as it is. */
export type Throughput = { perSecond: number; p50Ms: number; p99Ms: number; nodeUs: number; databaseUs: number };

let databasePid = 0;
export function watchDatabase(pid: number): void {
  databasePid = pid;
}

type Call = (caller: number, turn: number) => Promise<unknown>;

/** So long each case runs before it is measured, whoever the contender is: code that has not run yet is slow, and so is a page that nobody has read. */
export const warmUpMs = 1_000;

/**
 * So many callers, each of which calls again as soon as it has its answer; `perCall` things are done by a call. The first second is
 * not counted, unless the case was warmed by its own means.
 */
export async function closedLoop(callers: number, forMs: number, perCall: number, call: Call, warmMs = warmUpMs): Promise<Throughput> {
  if (warmMs > 0) await measuredLoop(callers, warmMs, perCall, call);
  return measuredLoop(callers, forMs, perCall, call);
}
async function measuredLoop(callers: number, forMs: number, perCall: number, call: Call): Promise<Throughput> {
  const latenciesMs: number[] = [];
  const cpu = { node: process.cpuUsage(), database: cpuOf(databasePid) };
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
  const things = Math.max(1, latenciesMs.length * perCall);
  const node = process.cpuUsage(cpu.node);
  return {
    perSecond: Math.round(things / seconds),
    p50Ms: round(median(latenciesMs)),
    p99Ms: round(percentile(latenciesMs, 0.99)),
    nodeUs: round((node.user + node.system) / things),
    databaseUs: round((cpuMsBetween(cpu.database, cpuOf(databasePid)) * 1_000) / things),
  };
}

/**
 * Several rounds of all cases in turn, so that a busy moment of the machine meets them all. Of each figure, rates and latencies alike,
 * the median of the rounds; of two rounds that is their mean.
 */
export async function inRounds(rounds: number, cases: [name: string, run: () => Promise<Throughput>][]): Promise<Map<string, Throughput>> {
  const results = new Map<string, Throughput[]>();
  for (let i = 0; i < rounds; i++)
    for (const [name, run] of cases) {
      const one = await run();
      process.stderr.write(
        `${name}: ${one.perSecond}/s, p50 ${one.p50Ms}, p99 ${one.p99Ms} ms, cpu ${one.nodeUs} + ${one.databaseUs} us\n`,
      );
      results.set(name, [...(results.get(name) ?? []), one]);
    }
  const middle = (list: Throughput[], field: keyof Throughput) => round(median(list.map((t) => t[field])));
  return new Map(
    [...results].map(([name, list]) => [
      name,
      {
        perSecond: middle(list, 'perSecond'),
        p50Ms: middle(list, 'p50Ms'),
        p99Ms: middle(list, 'p99Ms'),
        nodeUs: middle(list, 'nodeUs'),
        databaseUs: middle(list, 'databaseUs'),
      },
    ]),
  );
}
