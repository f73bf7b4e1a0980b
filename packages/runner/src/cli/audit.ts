import { createHash } from 'node:crypto';
import type { AuditEntryView } from '@reeve/core/vocabulary';
import { findAccess } from './credentials.ts';

export type AuditOptions = { url?: string; token?: string; expect?: string };
const say = (text: string): void => void process.stderr.write(`reeve: ${text}\n`);
const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
const exitUnavailable = 69;
const exitNoPermission = 77;

/** The entries of the log, the oldest first, as the server has them. */
async function* entries(access: { url: string; token: string }): AsyncGenerator<AuditEntryView> {
  for (let after: string | null = '0'; after !== null; ) {
    const res: Response = await fetch(new URL(`/api/v1/audit?limit=1000&after=${after}`, access.url), {
      headers: { authorization: `Bearer ${access.token}` },
    });
    const page = (await res.json()) as { items: AuditEntryView[]; nextCursor: string | null; error?: { message: string } };
    if (!res.ok) throw new Error(page.error?.message ?? `the server answered ${res.status}`);
    yield* page.items;
    after = page.nextCursor;
  }
}
async function withEntries(o: AuditOptions, use: (all: AsyncGenerator<AuditEntryView>) => Promise<number>): Promise<number> {
  const access = findAccess(o);
  if (!access) {
    say('There is no token. Start Reeve here with `npm start`, or give one by --token or REEVE_TOKEN.');
    return exitNoPermission;
  }
  try {
    return await use(entries(access));
  } catch (e) {
    say((e as Error).message);
    return exitUnavailable;
  }
}

/**
 * `reeve audit verify`: every hash of the chain is calculated here, not by the server. `expect` is a tip that was noted before,
 * `n:hash`: only with it does one see that the newest entries were cut off, or all were written anew.
 */
export const verifyAudit = (o: AuditOptions): Promise<number> =>
  withEntries(o, async (all) => {
    let tip = { n: 0, hash: '' };
    const noted = o.expect === undefined ? undefined : /^(\d+):([0-9a-f]{64})$/.exec(o.expect);
    if (noted === null) {
      say('--expect takes a tip as `reeve audit verify` printed it: a number, a colon, and a hash.');
      return 2;
    }
    let met = noted === undefined;
    for await (const e of all) {
      const shown = {
        n: e.n,
        at: e.at,
        actor: e.actor,
        actorName: e.actorName,
        action: e.action,
        subjectId: e.subjectId,
        reason: e.reason,
      };
      const hashed = JSON.parse(e.body) as Record<string, unknown>;
      const fault =
        e.n !== tip.n + 1
          ? `it has the number ${e.n} where ${tip.n + 1} must be`
          : e.hash !== digest(`${tip.hash}\n${e.body}`)
            ? 'its hash is not that of its content behind the entry before it'
            : Object.entries(shown).find(([key, value]) => hashed[key] !== value)?.[0];
      if (fault) {
        say(`The audit log was changed: entry ${e.n}: ${fault}.`);
        return 1;
      }
      tip = { n: e.n, hash: e.hash };
      met ||= noted !== undefined && noted?.[1] === String(e.n) && noted[2] === e.hash;
    }
    if (!met) {
      say(`The audit log was changed: the tip ${o.expect} is not in it.`);
      return 1;
    }
    process.stdout.write(`${tip.n} entries, each as it was written. Tip: ${tip.n}:${tip.hash}\n`);
    return 0;
  });

/** `reeve audit export`: one JSON object a line, the oldest first, with all that a check needs. */
export const exportAudit = (o: AuditOptions): Promise<number> =>
  withEntries(o, async (all) => {
    for await (const e of all) process.stdout.write(`${JSON.stringify(e)}\n`);
    return 0;
  });
