/** What was decided: by whom, on what, why, and what it was before and after. */
export type Decision = {
  /** `person:owner`, `project:cli`, `agent:agt_1`. */
  actor: string;
  /** The name that the actor went by then. */
  actorName: string;
  /** The command, `agents.stop`, or what was done to an account, `session.signed-in`. */
  action: string;
  subjectKind: string;
  subjectId: string;
  reason: string;
  before: unknown;
  after: unknown;
};
/** A decision with its place in the chain of its project. `body` is what was hashed, byte for byte. */
export type AuditEntry = Decision & { n: number; atMs: number; body: string; hash: string };
/** The newest entry of a chain; `n` is 0 where there is none. */
export type AuditTip = { n: number; hash: string };

/**
 * Where a chain begins.
 *
 * Use it for a project without decisions.
 *
 * @example
 * emptyChain; // → { n: 0, hash: '' }
 */
export const emptyChain: AuditTip = { n: 0, hash: '' };

/** Numbers that JSON has no word for are told as text. */
const plain = (value: unknown): unknown =>
  value === undefined ? null : JSON.parse(JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? v.toString() : v)));

/**
 * The next entry of a chain: numbered, and hashed together with the hash before it, so that none can be changed, taken
 * out or put in later without every later hash changing too.
 *
 * Use it inside the transaction of what was decided.
 *
 * @example
 * const decision = { actor: 'person:ann', actorName: 'Ann', action: 'tasks.cancel', subjectKind: 'task', subjectId: 't', reason: '', before: 1, after: 2 };
 * const digest = (text) => `#${text.length}`;
 * chained(emptyChain, decision, 0, digest).n; // → 1
 * faultOf(emptyChain, chained(emptyChain, decision, 0, digest), digest); // → null
 */
export function chained(tip: AuditTip, d: Decision, atMs: number, digest: (text: string) => string): AuditEntry {
  const n = tip.n + 1;
  const decision: Decision = { ...d, before: plain(d.before), after: plain(d.after) };
  const body = JSON.stringify({ n, at: new Date(atMs).toISOString(), ...decision });
  return { ...decision, n, atMs, body, hash: digest(`${tip.hash}\n${body}`) };
}

/**
 * What is wrong with an entry behind `tip`, in words; null where it is the one that was written there.
 *
 * Use it on the entries of a chain in turn, the first behind `emptyChain`. That the newest ones were cut off no chain can
 * know: compare its tip with one that was noted elsewhere.
 *
 * @example
 * const decision = { actor: 'person:ann', actorName: 'Ann', action: 'tasks.cancel', subjectKind: 'task', subjectId: 't', reason: '', before: 1, after: 2 };
 * const digest = (text) => `#${text}`;
 * const entry = chained(emptyChain, decision, 0, digest);
 * faultOf(emptyChain, { ...entry, hash: 'x' }, digest); // → 'its hash is not that of its content behind the entry before it'
 * faultOf(emptyChain, { ...entry, actor: 'person:bob' }, digest); // → 'actor is not what was hashed'
 * faultOf({ n: 1, hash: '' }, entry, digest); // → 'it has the number 1 where 2 must be'
 */
export function faultOf(tip: AuditTip, entry: AuditEntry, digest: (text: string) => string): string | null {
  if (entry.n !== tip.n + 1) return `it has the number ${entry.n} where ${tip.n + 1} must be`;
  if (entry.hash !== digest(`${tip.hash}\n${entry.body}`)) return 'its hash is not that of its content behind the entry before it';
  const { n, atMs, body, hash: _, ...decision } = entry;
  const shown: Record<string, unknown> = { n, at: new Date(atMs).toISOString(), ...decision };
  const hashed = JSON.parse(body) as Record<string, unknown>;
  const different = Object.keys(shown).find((key) => key !== 'before' && key !== 'after' && shown[key] !== hashed[key]);
  return different ? `${different} is not what was hashed` : null;
}
