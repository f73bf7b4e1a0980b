import { createHash } from 'node:crypto';
import { createSupervisor } from '@reeve/core';
import { randomSecrets, uuidIds } from '../../apps/server/src/auth/secrets.ts';
import type { Line } from '../lib/report.ts';
import { median, percentile, round } from '../lib/statistics.ts';
import { BenchDatabase, projectId } from '../writer/bench-database.ts';

const person = { kind: 'person', id: 'bench', name: 'Bench' } as const;
const words = Array.from({ length: 400 }, (_, i) =>
  createHash('sha256')
    .update(`${i}`)
    .digest('base64url')
    .slice(0, 3 + (i % 7)),
);
/** About 500 bytes that are like no other message: words drawn by its number. */
const message = (n: number) => ({
  role: n % 2 ? 'assistant' : 'user',
  content: Array.from({ length: 75 }, (_, i) => words[createHash('md5').update(`${n} ${i}`).digest().readUInt16LE(0) % words.length]).join(
    ' ',
  ),
});
const kB = (bytes: number) => `${Math.round(bytes / 1_000).toLocaleString('en')} kB`;

/** So many checkpoints of a list that grows by one message with each, all kept; what stands on the disk after each quarter. */
export async function growingList(most: number): Promise<[Line[], object]> {
  const bench = await BenchDatabase.open();
  try {
    const supervisor = createSupervisor({ store: bench.store, ids: uuidIds, secrets: randomSecrets });
    const run = async (type: string, input: object) => {
      const { results } = await supervisor.executeBatch(projectId, [{ type, input, actor: person } as never]);
      const [r] = results as [{ ok: boolean; value: { agentId: string }; error: unknown }];
      if (!r.ok) throw new Error(`${type}: ${JSON.stringify(r.error)}`);
      return r.value;
    };
    await run('project.configure', { checkpoints: { keep: 1_000 } });
    const { agentId } = await run('agents.register', { name: 'talks', requestId: 'r' });
    const messages: object[] = [];
    const points: { messages: number; stored: number; told: number; saveMs: number[] }[] = [];
    let saveMs: number[] = [];
    for (let sequence = 1; sequence <= most; sequence++) {
      messages.push(message(sequence));
      const startedMs = performance.now();
      await run('checkpoints.save', { id: agentId, sequence, state: { turn: sequence }, messages, trigger: 'step', eventSequence: 0 });
      saveMs.push(performance.now() - startedMs);
      if (sequence % Math.max(1, Math.floor(most / 4)) !== 0) continue;
      const { rows } = await bench.pool.query(
        `select (select sum(size_bytes) from checkpoint)::float8 as told,
           (select sum(coalesce(octet_length(packed), 0) + coalesce(octet_length(links), 0) + coalesce(octet_length(body), 0)) from checkpoint)::float8
             + (select coalesce(sum(octet_length(digest) + coalesce(octet_length(packed), 0) + coalesce(octet_length(links), 0)), 0) from checkpoint_chunk)::float8
             as stored`,
      );
      points.push({ messages: sequence, stored: rows[0].stored, told: rows[0].told, saveMs });
      saveMs = [];
    }
    const [disk] = (
      await bench.pool.query("select pg_total_relation_size('checkpoint') + pg_total_relation_size('checkpoint_chunk') as bytes")
    ).rows;
    const lines = points.map((p) => ({
      what: `${p.messages} checkpoints of up to ${p.messages} messages`,
      value: `${kB(p.stored)} for ${kB(p.told)}; a save ${round(median(p.saveMs))} / ${round(percentile(p.saveMs, 0.99))} ms`,
    }));
    return [
      [...lines, { what: 'both tables on the disk, with indices and dead rows', value: kB(Number(disk.bytes)) }],
      { points, disk: Number(disk.bytes) },
    ];
  } finally {
    await bench.close();
  }
}
