import { type IdKind, type Ids, idPrefixes } from '../kernel/ids.ts';
import type { Secrets } from '../supervisor/ports.ts';

/**
 * `agt_00000001`, `agt_00000002`, …: the same at every run, and ordered by age as the server's ids are.
 *
 * Use it in tests and simulations instead of the server's ids.
 *
 * @example
 * const ids = createSequentialIds();
 * ids.next('agent'); // → 'agt_00000001'
 * ids.next('agent'); // → 'agt_00000002'
 * ids.next('task'); // → 'tsk_00000001'
 */
export function createSequentialIds(): Ids {
  const last = new Map<IdKind, number>();
  return {
    next(kind) {
      const n = (last.get(kind) ?? 0) + 1;
      last.set(kind, n);
      return `${idPrefixes[kind]}_${String(n).padStart(8, '0')}`;
    },
  };
}

/**
 * Tokens that anybody could guess, for tests alone; the digest is the token in plain sight.
 *
 * Use it in tests and simulations instead of the server's secrets; `hashOf` finds a token again among what is stored.
 *
 * @example
 * const secrets = createCountedSecrets();
 * const { token, hash } = secrets.issue();
 * token; // → 'rv_test_00000001'
 * hash; // → secrets.hashOf(token)
 */
export function createCountedSecrets(): Secrets & { hashOf(token: string): string } {
  let issued = 0;
  const hashOf = (token: string) => `hash of ${token}`;
  return {
    hashOf,
    digest: fingerprint,
    issue() {
      issued += 1;
      const token = `rv_test_${String(issued).padStart(8, '0')}`;
      return { token, hash: hashOf(token) };
    },
  };
}

/**
 * FNV-1a, 64 bits, as 16 hexadecimal digits: tells changed text from unchanged, and keeps nobody from finding another
 * text for it.
 *
 * Use it where tests need a digest; the server's is SHA-256.
 *
 * @example
 * fingerprint(''); // → 'cbf29ce484222325'
 * fingerprint('a') === fingerprint('b'); // → false
 */
export function fingerprint(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (let i = 0; i < text.length; i++) hash = ((hash ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash.toString(16).padStart(16, '0');
}
