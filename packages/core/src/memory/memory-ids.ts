import { type IdKind, type Ids, idPrefixes } from '../kernel/ids.ts';
import type { Secrets } from '../supervisor/ports.ts';

/** `agt_00000001`, `agt_00000002`, …: the same at every run, and ordered by age as the server's ids are. */
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

/** Tokens that anybody could guess, for tests alone; the digest is the token in plain sight. */
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

/** FNV-1a, 64 bits: tells changed text from unchanged, and nobody from finding another text for it. */
export function fingerprint(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (let i = 0; i < text.length; i++) hash = ((hash ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash.toString(16).padStart(16, '0');
}
