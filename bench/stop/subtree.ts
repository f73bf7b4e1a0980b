import { insertWorld, World } from '@reeve/prisma/seed';
import pg from 'pg';

/** A live subtree of so many agents, eight children each: as deep as real trees are. Answers its ids, the root first. */
export async function insertSubtree(url: string, projectId: string, agents: number, seed: number): Promise<string[]> {
  const world = new World(projectId, seed, Date.now());
  const atMs = world.nowMs - 60_000;
  const ids = [world.register(null, { name: `stop-${agents}-${seed}` }, atMs)];
  for (let k = 1; k < agents; k++) ids.push(world.register(ids[Math.floor((k - 1) / 8)] as string, { name: `member-${k}` }, atMs + k));
  for (const id of ids) world.beat(id, world.nowMs);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await insertWorld(client, world).finally(() => client.end());
  return ids;
}
