/**
 * `pnpm bench stop`: from the request to the fence, for 10, 1,000 and 10,000 registered agents, while 1,000 events/s come
 * in; whether anything under the subtree is admitted after it; beside the textbook recursion (a query and an update for
 * each agent) on the same database in the same run. Figures: docs/benchmarks.md.
 */
import { report } from './lib/report.ts';
import { median, percentile, round } from './lib/statistics.ts';
import { insertSubtree } from './stop/subtree.ts';
import { stopPlainly } from './stop/textbook.ts';
import { BenchDatabase, principal, projectId } from './writer/bench-database.ts';

/** `callers` spawn and claim under the subtree all the while; a storm of them is refused at the limit of its session. */
const sizes = [
  { agents: 10, callers: 4, samples: 60 },
  { agents: 1_000, callers: 4, samples: 40 },
  { agents: 1_000, callers: 64, samples: 40 },
  { agents: 10_000, callers: 4, samples: Number(process.env.BENCH_SAMPLES ?? 20) },
];
const eventsPerSecond = 1_000;
const db = await BenchDatabase.open();
const { writer, pool } = db;
let seed = 1;
let made = 0;

/** Events of other agents, so many a second until told to end; answers how many were taken. */
function load(agentIds: readonly string[]): () => Promise<number> {
  let ended = false;
  let sent = 0;
  const startedMs = performance.now();
  const waiting = new Set<Promise<unknown>>();
  const timer = setInterval(() => {
    const due = ((performance.now() - startedMs) / 1_000) * eventsPerSecond;
    while (sent < due && !ended) {
      const id = agentIds[sent++ % agentIds.length] as string;
      const events = [{ eventId: `e${made++}`, type: 'step', data: { n: sent } }];
      const call: Promise<unknown> = writer.execute(principal, 'agents.events', { id, events }).finally(() => waiting.delete(call));
      waiting.add(call);
    }
  }, 5);
  return async () => {
    ended = true;
    clearInterval(timer);
    await Promise.all(waiting);
    return sent;
  };
}

/** Spawns and claims under the subtree without a pause; answers how many of those begun after the fence were admitted. */
function intruders(ids: readonly string[], callers: number): { fenced(): void; end(): Promise<{ admitted: number; refused: number }> } {
  let isFenced = false;
  let ended = false;
  let admitted = 0;
  let refused = 0;
  const one = async (n: number) => {
    for (let i = n; !ended; i += callers) {
      const id = ids[(i * 7919) % ids.length] as string;
      const after = isFenced;
      const claim = { agentId: id, labels: [], leaseMs: 60_000, limit: 1, waitMs: 0 };
      const call =
        i % 2
          ? writer.execute(principal, 'agents.register', { name: 'late', parentId: id })
          : writer.execute(principal, 'tasks.claim', claim);
      const ok = await call.then(
        () => true,
        () => false,
      );
      if (after && ok) admitted += 1;
      if (!ok) refused += 1;
    }
  };
  const running = Promise.all(Array.from({ length: callers }, (_, n) => one(n)));
  return {
    fenced: () => {
      isFenced = true;
    },
    end: async () => {
      ended = true;
      await running;
      return { admitted, refused };
    },
  };
}

try {
  const others = await insertSubtree(db.url, projectId, 500, seed++);
  const results = [];
  for (const { agents, callers, samples } of sizes) {
    const fences: number[] = [];
    const textbook: number[] = [];
    let admitted = 0;
    let refused = 0;
    for (let i = 0; i < samples; i++) {
      const ids = await insertSubtree(db.url, projectId, agents, seed++);
      const storm = callers > 4;
      // as many as live already: each further spawn is refused by the limit of the session
      if (storm) await pool.query('update agent set limits = $2 where id = $1', [ids[0], { 'session-live-agents': agents }]);
      const plain = i < 3 && !storm ? await insertSubtree(db.url, projectId, agents, seed++) : undefined;
      if (plain) {
        await pool.query('analyze agent');
        const beganMs = performance.now();
        const n = await stopPlainly(pool, plain[0] as string);
        textbook.push(performance.now() - beganMs);
        if (n !== agents) throw new Error(`the textbook stopped ${n} of ${agents}`);
        await pool.query("update agent set state = 'failed', ended_at = now() where id = any($1)", [plain]);
      }
      const endLoad = load(others);
      await new Promise((go) => setTimeout(go, 200));
      const inside = intruders(ids, callers);
      await new Promise((go) => setTimeout(go, 100));
      const beganMs = performance.now();
      const request = {
        id: ids[0] as string,
        mode: 'graceful',
        graceMs: 30_000,
        killConfirmMs: 5_000,
        reason: 'bench',
        dryRun: false,
      } as const;
      const { members } = await writer.execute(principal, 'agents.stop', request);
      fences.push(performance.now() - beganMs);
      inside.fenced();
      await new Promise((go) => setTimeout(go, 100));
      const came = await inside.end();
      admitted += came.admitted;
      refused += came.refused;
      await endLoad();
      if (members < agents) throw new Error(`${members} of ${agents} were fenced`);
      await settle(ids[0] as string);
    }
    const one = {
      agents,
      callers,
      samples,
      p50Ms: round(median(fences)),
      p99Ms: round(percentile(fences, 0.99)),
      textbookMs: textbook.length ? round(median(textbook)) : null,
      admitted,
      refused,
    };
    process.stderr.write(`${JSON.stringify(one)}\n`);
    results.push(one);
  }
  report(
    'stop',
    results.flatMap((r) => [
      {
        what: `request to fence, ${r.agents} agents${r.callers > 4 ? `, a storm of ${r.callers} callers` : ''}, p50 / p99 of ${r.samples}`,
        value: `${r.p50Ms} / ${r.p99Ms} ms`,
        ...(r.agents === 10_000 && { target: 'p99 < 100 ms', met: r.p99Ms < 100 }),
      },
      ...(r.textbookMs === null
        ? []
        : [
            {
              what: '  textbook recursion',
              value: `${r.textbookMs} ms (${round(r.textbookMs / r.p50Ms)} times)`,
              ...(r.agents === 10_000 && { target: '≥ 50 times', met: r.textbookMs / r.p50Ms >= 50 }),
            },
          ]),
      {
        what: '  admitted after the fence / refused',
        value: `${r.admitted} / ${r.refused}`,
        target: '0',
        met: r.admitted === 0,
      },
    ]),
    { eventsPerSecond, results },
  );
} finally {
  await db.close();
}

/** The subtree ends, so that the next sample meets a fleet of the same size. */
async function settle(rootId: string): Promise<void> {
  await pool.query(
    "update agent set state = 'failed', ended_at = now() where $1 = any(path) and state not in ('completed', 'failed', 'stopped', 'killed')",
    [rootId],
  );
  await pool.query("update stop set state = 'done', ended_at = now() where agent_id = $1", [rootId]);
  // what the server remembers of agents it forgets only where somebody says that they changed past it
  await pool.query('update project set revision = revision + 1 where id = $1', [projectId]);
}
