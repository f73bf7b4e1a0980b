import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openVault, Vault } from '../../src/auth/vault.ts';

const key = () => randomBytes(32);
describe('secrets at rest', () => {
  it('open again where they belong, and nowhere else, whatever bit is changed', () => {
    const vault = new Vault([key()]);
    const sealed = vault.seal('whsec_ä𝄞', 'whk_1');
    expect(sealed).not.toContain('whsec');
    expect(vault.seal('whsec_ä𝄞', 'whk_1')).not.toBe(sealed);
    expect(vault.open(sealed, 'whk_1')).toBe('whsec_ä𝄞');
    expect(() => vault.open(sealed, 'whk_2')).toThrow();
    const [head = '', body = ''] = [sealed.slice(0, sealed.lastIndexOf(':') + 1), sealed.slice(sealed.lastIndexOf(':') + 1)];
    const bytes = Buffer.from(body, 'base64url');
    for (let i = 0; i < bytes.length; i++) {
      const changed = Buffer.from(bytes);
      changed[i] = (changed[i] as number) ^ 1;
      expect(() => vault.open(head + changed.toString('base64url'), 'whk_1'), `byte ${i}`).toThrow();
    }
    for (let cut = 0; cut < 30; cut++) expect(() => vault.open(head + bytes.subarray(0, cut).toString('base64url'), 'whk_1')).toThrow();
    expect(() => new Vault([key()]).open(sealed, 'whk_1')).toThrow(/which is not here/);
  });
  it('a new key is put before the old: what is old still opens and is told apart, and then the old one goes', () => {
    const [old, fresh] = [key(), key()];
    const sealed = new Vault([old]).seal('secret', 'x');
    const both = new Vault([fresh, old]);
    expect([both.open(sealed, 'x'), both.isStale(sealed), both.isStale('in clear')]).toEqual(['secret', true, true]);
    const again = both.seal(both.open(sealed, 'x'), 'x');
    expect([both.isStale(again), new Vault([fresh]).open(again, 'x')]).toEqual([false, 'secret']);
  });
  it('the key is made once, for its owner alone; one from the environment must be one', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'vault '));
    try {
      const [a, b] = await Promise.all([openVault(dir), openVault(dir)]);
      expect(b.open(a.seal('s', 'x'), 'x')).toBe('s');
      const file = join(dir, 'secret.key');
      expect(((await stat(file)).mode & 0o777).toString(8)).toBe('600');
      expect(Buffer.from(await readFile(file, 'utf8'), 'base64')).toHaveLength(32);
      await expect(openVault(dir, 'short')).rejects.toThrow(/32 bytes/);
      const given = await openVault(dir, `${key().toString('base64')},${(await readFile(file, 'utf8')).trim()}`);
      expect(given.open(a.seal('s', 'x'), 'x')).toBe('s');
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});
