import type { Verdict } from './check.ts';
import { checkLinearizable } from './check.ts';
import type { Model, Operation } from './history.ts';

/** One operation as a line: who, when, what, and what came back. */
export function lineOf<I, O>({ client, input, calledAt, reply }: Operation<I, O>): string {
  return `client ${client} [${calledAt}, ${reply ? reply.at : '…'}] ${plain(input)} → ${reply ? plain(reply.output) : 'no reply'}`;
}
const plain = (value: unknown): string => JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? v.toString() : v));

/** Why a history is not linearizable, to read: the longest order that fits, the state it leads to, the operation that fits nowhere. */
export function explain<S, I, O>(model: Model<S, I, O>, history: readonly Operation<I, O>[], verdict: Verdict<S, I, O>): string {
  if (verdict.ok) return `linearizable: ${history.length} operations`;
  const { prefix, state, stuck } = verdict;
  const left = history.filter((o) => !prefix.includes(o) && o !== stuck);
  return [
    `not linearizable: ${history.length} operations by ${new Set(history.map((o) => o.client)).size} clients`,
    `the longest order that fits (${prefix.length}):`,
    ...prefix.map((o, i) => `  ${i + 1}. ${lineOf(o)}`),
    `it leads to ${model.key(state)}`,
    'where this one returned, and fits nowhere:',
    `  ✗  ${lineOf(stuck)}`,
    ...(left.length ? ['not placed yet:', ...left.map((o) => `  -  ${lineOf(o)}`)] : []),
  ].join('\n');
}

/** Throws the explanation if the history is not linearizable. */
export function assertLinearizable<S, I, O>(model: Model<S, I, O>, history: readonly Operation<I, O>[]): void {
  const verdict = checkLinearizable(model, history);
  if (!verdict.ok) throw new Error(explain(model, history, verdict));
}
