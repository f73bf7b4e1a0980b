import { createHash, randomBytes } from 'node:crypto';
import { type Ids, idPrefixes, type Secrets } from '@reeve/core';
import { v7 } from 'uuid';

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
/** 256 random bits behind `rv_`; only the digest is stored. */
export const randomSecrets: Secrets = {
  issue() {
    const token = `rv_${randomBytes(32).toString('base64url')}`;
    return { token, hash: hashOf(token) };
  },
  digest: hashOf,
};
/** Ordered by time, so that an id also is a cursor. */
export const uuidIds: Ids = { next: (kind) => `${idPrefixes[kind]}_${v7().replaceAll('-', '')}` };
