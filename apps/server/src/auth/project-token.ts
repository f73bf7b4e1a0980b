import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Db } from '@reeve/prisma';
import { hashOf, randomSecrets } from './secrets.ts';

/** The project that everything belongs to until there are more. */
export const defaultProjectId = 'prj_default';

export async function ensureProject(db: Db): Promise<void> {
  await db.project.upsert({ where: { id: defaultProjectId }, create: { id: defaultProjectId, name: 'default' }, update: {} });
}
/**
 * Makes a project token of the operator's own choice valid; again changes nothing. Whoever sets the environment or reads
 * the data directory of a server owns it, so it has the rights of an owner.
 */
export async function allowProjectToken(db: Db, token: string, name: string): Promise<void> {
  const hash = hashOf(token);
  const data = { projectId: defaultProjectId, kind: 'project', subjectId: name, epoch: 1, role: 'owner', createdAt: new Date() };
  await db.token.upsert({ where: { hash }, create: { hash, ...data }, update: {} });
}

/**
 * What `reeve run` on this machine signs in with: `cli.json` in the data directory, readable by its owner alone. The
 * token lives as long as the directory, the address is written anew at every start.
 */
export async function writeCliCredentials(db: Db, dataDir: string, url: string): Promise<string> {
  const file = join(dataDir, 'cli.json');
  const known = await readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as { token?: unknown },
    () => ({ token: undefined }),
  );
  const token = typeof known.token === 'string' ? known.token : randomSecrets.issue().token;
  await allowProjectToken(db, token, 'cli');
  const next = `${file}.${process.pid}`;
  await writeFile(next, `${JSON.stringify({ url, token })}\n`, { mode: 0o600 });
  await rename(next, file);
  return token;
}
