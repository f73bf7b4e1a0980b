import type { DBAdapterInstance, DBTransactionAdapter, Where } from 'better-auth';
import { hashOf } from './secrets.ts';

const isSession = (model: string) => model === 'session';
const hashed = (value: unknown): unknown =>
  typeof value === 'string' ? hashOf(value) : Array.isArray(value) ? value.map((v) => hashed(v)) : value;
const whereHashed = (where: Where[]): Where[] =>
  where.map((w) => (w.field === 'token' ? { ...w, value: hashed(w.value) as Where['value'] } : w));

type Query = { model: string; where?: Where[] | undefined };

/**
 * Of a session's secret only its digest is stored: better-auth writes and looks for the secret itself, so it is hashed on the way
 * in, and whoever came with it gets it back.
 */
export const hashedSessions =
  (instance: DBAdapterInstance, onEnded: (hash: string) => void): DBAdapterInstance =>
  (options) => {
    const inner = instance(options);
    return {
      ...inner,
      ...hashing(inner, onEnded),
      transaction: (work) => inner.transaction((tx) => work({ ...tx, ...hashing(tx, onEnded) })),
    };
  };

function hashing(inner: DBTransactionAdapter, onEnded: (hash: string) => void) {
  const where = <Q extends Query>(q: Q): Q => (isSession(q.model) && q.where ? { ...q, where: whereHashed(q.where) } : q);
  const askedFor = (q: Query) =>
    isSession(q.model) ? q.where?.find((w) => w.field === 'token' && typeof w.value === 'string')?.value : null;
  const restored = <R>(q: Query, row: R): R => {
    const token = askedFor(q);
    return row && token ? { ...row, token } : row;
  };
  const ended = (q: Query) => {
    const token = askedFor(q);
    if (typeof token === 'string') onEnded(hashOf(token));
  };
  return {
    create: async (q) => {
      if (!isSession(q.model)) return inner.create(q);
      const { token } = q.data as { token?: string };
      const row = await inner.create({ ...q, data: { ...q.data, token: hashed(token) } as typeof q.data });
      return { ...(row as object), token } as never;
    },
    findOne: async (q) => restored(q, await inner.findOne(where(q))) as never,
    findMany: (q) => inner.findMany(where(q)),
    count: (q) => inner.count(where(q)),
    update: async (q) => {
      const row = restored(q, await inner.update(where(q)));
      ended(q);
      return row as never;
    },
    updateMany: (q) => inner.updateMany(where(q)),
    delete: async (q) => {
      await inner.delete(where(q));
      ended(q);
    },
    deleteMany: async (q) => {
      const count = await inner.deleteMany(where(q));
      ended(q);
      return count;
    },
  } satisfies Partial<DBTransactionAdapter>;
}
