import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '../config.ts';

const begin = 'sealed:1:';
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

/**
 * Secrets as they stand in the database: AES-256-GCM under a key that is not in it. The first key seals, all of them open, so a new
 * one is put before the old, and the old goes when `isStale` is true of nothing any more. `about` binds a secret to its row: moved to
 * another, it does not open.
 */
export class Vault {
  private readonly byId: Map<string, Buffer>;
  private readonly currentId: string;
  constructor(private readonly keys: readonly Buffer[]) {
    if (!keys.length || keys.some((k) => k.length !== keyBytes)) throw new ConfigError('A secret key must be 32 bytes.');
    this.byId = new Map(keys.map((k) => [keyId(k), k]));
    this.currentId = keyId(keys[0] as Buffer);
  }

  seal(plain: string, about: string): string {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', this.keys[0] as Buffer, nonce).setAAD(Buffer.from(about));
    const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
    return `${begin}${this.currentId}:${Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url')}`;
  }
  /** What was stored before there was a vault opens as it is. */
  open(stored: string, about: string): string {
    if (!isSealed(stored)) return stored;
    const [id = '', body = ''] = stored.slice(begin.length).split(':');
    const key = this.byId.get(id);
    if (!key) throw new Error(`a secret was sealed with the key ${id}, which is not here: give it in REEVE_SECRET_KEY behind the new one`);
    const bytes = Buffer.from(body, 'base64url');
    const cipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
    cipher.setAAD(Buffer.from(about)).setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
    return cipher.update(bytes.subarray(nonceBytes + tagBytes), undefined, 'utf8') + cipher.final('utf8');
  }
  /** Not sealed, or with a key that is no longer the first. */
  isStale(stored: string): boolean {
    return !stored.startsWith(`${begin}${this.currentId}:`);
  }
  /** Secrets for others who do their own sealing, one a key, the current first. */
  derived(purpose: string): { version: number; value: string }[] {
    return this.keys.map((key) => ({
      version: Number.parseInt(keyId(key).slice(0, 7), 16),
      value: Buffer.from(hkdfSync('sha256', key, '', `reeve ${purpose}`, keyBytes)).toString('base64url'),
    }));
  }
}
export const isSealed = (stored: string): boolean => stored.startsWith(begin);
const keyId = (key: Buffer): string => createHash('sha256').update('reeve key id').update(key).digest('hex').slice(0, 8);

/**
 * The keys: from the environment, or made at the first start and kept in the data directory, readable by its owner alone. Several
 * stand with commas between them, the current one first.
 */
export async function openVault(dataDir: string, fromEnvironment?: string): Promise<Vault> {
  if (fromEnvironment) return new Vault(readKeys(fromEnvironment, 'REEVE_SECRET_KEY'));
  const file = join(dataDir, 'secret.key');
  const known = await readFile(file, 'utf8').catch((e: NodeJS.ErrnoException) => {
    if (e.code !== 'ENOENT') throw e;
    return null;
  });
  if (known !== null) return new Vault(readKeys(known, file));
  // whole or not at all, by whoever comes first: it is never written over
  const own = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(own, `${randomBytes(keyBytes).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  await link(own, file).catch((e: NodeJS.ErrnoException) => {
    if (e.code !== 'EEXIST') throw e;
  });
  await rm(own);
  return new Vault(readKeys(await readFile(file, 'utf8'), file));
}
function readKeys(text: string, where: string): Buffer[] {
  const keys = text.split(/[\s,]+/).filter(Boolean);
  const read = keys.map((k) => Buffer.from(k, 'base64'));
  if (!read.length || read.some((k) => k.length !== keyBytes))
    throw new ConfigError(`${where} must hold 32 bytes in base64 (openssl rand -base64 32), several with commas between them.`);
  return read;
}
