import { assemble, inlineBytes, pack, packAll, type StoredChunk, treeOf, unpack } from './checkpoint-chunks.ts';

/** A statement with its answers: a transaction's connection, or the reading side's. */
export type Ask = <R extends Record<string, unknown>>(sql: string, params: unknown[]) => Promise<R[]>;
export type StoredBody = { body: string | null; packed: Uint8Array | null; links: Uint8Array | null };

const hexOf = (bytes: Uint8Array): string => `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`;
/** The digests that `links` of a row names, one a row. */
const linksOf = (links: string) =>
  `generate_series(0, length(${links}) / 32 - 1) n cross join lateral (select substring(${links} from n * 32 + 1 for 32) as digest) l`;

/** What the row of a checkpoint holds of its body; the chunks that are new for this agent stand in the store when it resolves. */
export async function storeBody(ask: Ask, projectId: string, agentId: string, text: string): Promise<StoredBody> {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= inlineBytes) return { body: null, packed: pack(bytes), links: null };
  const { links, chunks } = treeOf(bytes);
  const digests = [...chunks.keys()];
  const there = await ask<{ digest: string }>(
    `select encode(digest, 'hex') as digest from checkpoint_chunk where agent_id = $1 and digest = any($2::bytea[])`,
    [agentId, digests.map((d) => `\\x${d}`)],
  );
  for (const { digest } of there) chunks.delete(digest);
  const fresh = [...chunks.values()];
  const texts = await packAll(fresh.flatMap((c) => c.bytes ?? []));
  if (fresh.length > 0)
    await ask(
      `insert into checkpoint_chunk (project_id, agent_id, digest, packed, links)
       select $1, $2, x.digest, x.packed, x.links from unnest($3::bytea[], $4::bytea[], $5::bytea[]) as x (digest, packed, links)`,
      [
        projectId,
        agentId,
        fresh.map((c) => `\\x${c.digest}`),
        fresh.map((c) => (c.bytes ? hexOf(texts.shift() as Buffer) : null)),
        fresh.map((c) => (c.links ? hexOf(c.links) : null)),
      ],
    );
  return { body: null, packed: null, links };
}

/** The text of a body, every chunk held against its digest; undefined: it cannot be read as it was written. */
export async function loadBody(ask: Ask, agentId: string, { body, packed, links }: StoredBody): Promise<string | undefined> {
  // written before bodies were packed
  if (body !== null) return body;
  if (packed !== null) return unpack(packed)?.toString('utf8');
  if (links === null) return undefined;
  const rows = await ask<{ digest: string } & StoredChunk>(
    `with recursive tree (digest, links) as (
       select c.digest, c.links from (select $2::bytea as links) k cross join lateral ${linksOf('k.links')}
         join checkpoint_chunk c on c.agent_id = $1 and c.digest = l.digest
       union
       select c.digest, c.links from tree t cross join lateral ${linksOf('t.links')}
         join checkpoint_chunk c on c.agent_id = $1 and c.digest = l.digest
     )
     select encode(t.digest, 'hex') as digest, t.links, c.packed from tree t
       join checkpoint_chunk c on c.agent_id = $1 and c.digest = t.digest`,
    [agentId, hexOf(links)],
  );
  const found = new Map(rows.map((r) => [r.digest, r]));
  return assemble(links, (digest) => found.get(digest))?.toString('utf8');
}

/** Removes the chunks of an agent that no checkpoint of it has in it any more. */
export const sweepChunks = (ask: Ask, agentId: string): Promise<unknown> =>
  ask(
    `with recursive live (digest) as (
       select l.digest from checkpoint k cross join lateral ${linksOf('k.links')} where k.agent_id = $1 and k.links is not null
       union
       select l.digest from live v join checkpoint_chunk c on c.agent_id = $1 and c.digest = v.digest and c.links is not null
         cross join lateral ${linksOf('c.links')}
     )
     delete from checkpoint_chunk where agent_id = $1 and digest not in (select digest from live)`,
    [agentId],
  );
