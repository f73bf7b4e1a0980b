import { median, percentile, round } from '../lib/statistics.ts';
import { type Served, serve } from './served.ts';

type Times = { p50Ms: number; p99Ms: number };
export type OverHttp = {
  pairsPerSecond: number;
  claim: Times;
  complete: Times;
  wake: { samples: number; p50Ms: number; p95Ms: number; p99Ms: number };
};
type Agent = { agentId: string; token: string };
const timesOf = (ms: number[]): Times => ({ p50Ms: round(median(ms)), p99Ms: round(percentile(ms, 0.99)) });

/** A whole server: claim and complete at so many claimers, then how soon one that waits has a task that was just added. */
export async function overHttp(claimers: number, tasks: number, samples: number): Promise<OverHttp> {
  const server = await serve();
  try {
    const agents = await Promise.all(Array.from({ length: claimers }, () => server.call('/agents', { name: 'claimer' })));
    for (let i = 0; i < tasks; i += 1_000)
      await server.call('/tasks/batch', { tasks: Array.from({ length: Math.min(1_000, tasks - i) }, () => ({ title: 't' })) });
    const claimMs: number[] = [];
    const completeMs: number[] = [];
    const startedMs = performance.now();
    await Promise.all(agents.map((agent) => drain(server, agent, claimMs, completeMs)));
    const pairsPerSecond = Math.round((tasks / (performance.now() - startedMs)) * 1_000);
    return { pairsPerSecond, claim: timesOf(claimMs), complete: timesOf(completeMs), wake: await wakeTimes(server, agents, samples) };
  } finally {
    await server.stop();
  }
}

async function drain(server: Served, agent: Agent, claimMs: number[], completeMs: number[]): Promise<void> {
  for (;;) {
    const askedMs = performance.now();
    const { tasks } = await server.call('/tasks/claim', { agentId: agent.agentId }, agent.token);
    if (tasks.length === 0) return;
    claimMs.push(performance.now() - askedMs);
    const saidMs = performance.now();
    await server.call(`/tasks/${tasks[0].id}/complete`, { token: tasks[0].claim.token }, agent.token);
    completeMs.push(performance.now() - saidMs);
  }
}

/** All agents wait; a task is added; how long from the request that adds it until one of them has it: more than from its commit. */
async function wakeTimes(server: Served, agents: readonly Agent[], samples: number): Promise<OverHttp['wake']> {
  const ms: number[] = [];
  const addedMs = new Map<string, number>();
  let wanted = samples;
  let next = () => {};
  const waiting = agents.map(async (agent) => {
    while (wanted > 0) {
      const { tasks } = await server.call('/tasks/claim', { agentId: agent.agentId, waitMs: 3_000 }, agent.token);
      for (const t of tasks) {
        ms.push(performance.now() - (addedMs.get(t.title) ?? Number.NaN));
        await server.call(`/tasks/${t.id}/complete`, { token: t.claim.token }, agent.token);
        next();
      }
    }
  });
  // all of them stand in the line by then
  await server.call('/tasks/claim', { agentId: agents[0]?.agentId, labels: ['none'] }, agents[0]?.token);
  for (let i = 0; i < samples; i++) {
    const taken = new Promise<void>((go) => {
      next = go;
    });
    addedMs.set(`wake ${i}`, performance.now());
    await server.call('/tasks', { title: `wake ${i}` });
    await taken;
    wanted -= 1;
  }
  await Promise.all(waiting);
  return { samples, p50Ms: round(median(ms)), p95Ms: round(percentile(ms, 0.95)), p99Ms: round(percentile(ms, 0.99)) };
}
