/**
 * `pnpm bench checkpoints`: over HTTP, against a server in a process of its own: saving the state of an agent at several sizes and reading it
 * back, beside the same bytes sent to a route that refuses them (so: the way there and back, and the parsing, alone); a preview and a restore
 * of each; many agents saving at once. Figures: docs/benchmarks.md. `BENCH_ONLY=list`: what a list of messages that grows by one with each save
 * takes on the disk, at the store.
 */
import { ReeveServer } from '../e2e/support/server.ts';
import { growingList } from './checkpoints/growing-list.ts';
import { report } from './lib/report.ts';
import { median, percentile, round } from './lib/statistics.ts';

const samples = Number(process.env.BENCH_SAMPLES ?? 60);
const sizes = [1_000, 100_000, 1_000_000];
const savers = 32;
const messages = Number(process.env.BENCH_LIST ?? 1_000);
if (process.env.BENCH_ONLY === 'list') {
  report('checkpoints-list', ...(await growingList(messages)));
  process.exit(0);
}
const server = await ReeveServer.start({ REEVE_DEMO: '0', REEVE_WEB: '0', REEVE_RUNNER: '0', NODE_ENV: 'production' });
type Registered = { agentId: string };
type Saved = { checkpointId: string };
const register = async (name: string) => (await server.api<Registered>('POST', '/agents', { name })).agentId;
const took = async (into: number[], work: () => Promise<unknown>): Promise<void> => {
  const beganMs = performance.now();
  await work();
  into.push(performance.now() - beganMs);
};
const timesOf = (ms: readonly number[]) => `${round(median(ms))} / ${round(percentile(ms, 0.99))} ms`;

/** A conversation of about so many bytes, which grows by a message a turn as a real one does. */
function stateOf(bytes: number, turn: number) {
  const message = (i: number) => ({ role: i % 2 ? 'assistant' : 'user', content: `${i} ${'lorem ipsum dolor sit amet '.repeat(18)}` });
  return { state: { turn }, messages: Array.from({ length: Math.max(1, Math.round(bytes / 520)) }, (_, i) => message(i + turn)) };
}

async function ofSize(bytes: number) {
  const ms = { save: [] as number[], refused: [] as number[], read: [] as number[], preview: [] as number[], restore: [] as number[] };
  const agentId = await register(`saves ${bytes}`);
  let epoch = 1;
  let sequence = 0;
  for (let i = 0; i < samples; i++) {
    const body = { ...stateOf(bytes, i), epoch, sequence: ++sequence, trigger: 'tools' };
    let checkpointId = '';
    await took(ms.save, async () => {
      checkpointId = (await server.api<Saved>('POST', `/agents/${agentId}/checkpoints`, body)).checkpointId;
    });
    await took(ms.refused, async () => {
      const headers = { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' };
      const res = await fetch(`${server.url}/api/v1/agents/agt_none/checkpoints`, { method: 'POST', headers, body: JSON.stringify(body) });
      if (res.status !== 404) throw new Error(`a checkpoint of nobody was answered with ${res.status}`);
      await res.arrayBuffer();
    });
    await took(ms.read, () => server.api('GET', `/checkpoints/${checkpointId}`));
    await took(ms.preview, () => server.api('POST', `/checkpoints/${checkpointId}/preview`, {}));
    if (i % 4) continue;
    await took(ms.restore, async () => {
      epoch = (await server.api<{ epoch: number }>('POST', `/checkpoints/${checkpointId}/restore`, {})).epoch;
    });
    sequence = 0;
  }
  return ms;
}

/** So many agents that save 100 kB each, again and again: saves a second. */
async function together(each: number) {
  const agents = await Promise.all(Array.from({ length: savers }, (_, i) => register(`saver ${i}`)));
  const ms: number[] = [];
  const beganMs = performance.now();
  await Promise.all(
    agents.map(async (agentId) => {
      for (let sequence = 1; sequence <= each; sequence++) {
        const body = { ...stateOf(100_000, sequence), epoch: 1, sequence, trigger: 'tools' };
        await took(ms, () => server.api('POST', `/agents/${agentId}/checkpoints`, body));
      }
    }),
  );
  return { perSecond: round(ms.length / ((performance.now() - beganMs) / 1_000)), ms };
}

try {
  await ofSize(1_000);
  const results = [];
  for (const bytes of sizes) results.push({ bytes, ...(await ofSize(bytes)) });
  const many = await together(Math.max(2, Math.round(samples / 6)));
  report(
    'checkpoints',
    [
      ...results.flatMap(({ bytes, ...ms }) => [
        {
          what: `${bytes / 1_000} kB: save, p50 / p99 of ${samples}`,
          value: `${timesOf(ms.save)}, ${round(median(ms.save) / median(ms.refused))} times the way alone`,
        },
        { what: '  the same bytes, refused', value: timesOf(ms.refused) },
        { what: '  read it', value: timesOf(ms.read) },
        { what: '  preview of a restore', value: timesOf(ms.preview) },
        { what: `  restore, of ${ms.restore.length}`, value: timesOf(ms.restore) },
      ]),
      { what: `${savers} agents saving 100 kB each`, value: `${many.perSecond}/s, a save ${timesOf(many.ms)}` },
    ],
    { samples, results, many },
  );
} finally {
  await server.remove();
}
