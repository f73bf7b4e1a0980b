import type { Model, Operation } from './history.ts';

/** More would only make a failure unreadable: record shorter histories, or check each key by itself. */
export const maxOperations = 300;

export type Verdict<S, I, O> =
  | { ok: true; order: Operation<I, O>[] }
  | {
      ok: false;
      /** The longest order that was found for a beginning of the history, and the state it leads to. */
      prefix: Operation<I, O>[];
      state: S;
      /** Returned next, and fits nowhere behind any beginning that was tried. */
      stuck: Operation<I, O>;
    };

/** A call or its return, in a doubly linked list from which operations are lifted out once they have a place in the order. */
type Entry = { op: number; prev: Entry; next: Entry | undefined; match: Entry | undefined; isCall: boolean };

/**
 * Whether `history` is linearizable: whether each operation can be given one moment between its call and its return so
 * that the operations, in the order of these moments, are what `model` allows. After Wing and Gong, with the memory of
 * Lowe: a pair of (operations placed, state) that led nowhere is not tried again. Operations without a reply may be left
 * out. Answers an order that is allowed, or how far any came.
 */
export function checkLinearizable<S, I, O>(model: Model<S, I, O>, history: readonly Operation<I, O>[]): Verdict<S, I, O> {
  if (history.length > maxOperations) throw new RangeError(`a history of ${history.length} operations: at most ${maxOperations}`);
  const head = linked(history);
  let open = history.filter((o) => o.reply).length;
  const placed = new Uint16Array(Math.ceil(history.length / 16));
  const tried = new Set<string>();
  const taken: { entry: Entry; before: S }[] = [];
  let state = model.init;
  let best: { depth: number; order: number[]; state: S; stuck: number } | undefined;
  let depth = 0;

  // of what may come next, first those with an answer: most calls without one are not needed, and each doubles the search
  let unanswered = false;
  let entry = head.next;
  while (open > 0) {
    if (entry?.isCall) {
      const op = history[entry.op] as Operation<I, O>;
      if ((op.reply === undefined) !== unanswered) {
        entry = entry.next;
        continue;
      }
      const after = model.step(state, op.input, op.reply?.output);
      if (after !== undefined && isNew(entry.op, after)) {
        taken.push({ entry, before: state });
        state = after;
        if (op.reply) {
          open -= 1;
          depth += 1;
        }
        lift(entry);
        unanswered = false;
        entry = head.next;
      } else entry = entry.next;
      continue;
    }
    if (!unanswered) {
      unanswered = true;
      entry = head.next;
      continue;
    }
    // a return that nothing before it may cross, or the end: what was placed last was wrong
    const further = !best || depth > best.depth || (depth === best.depth && taken.length < best.order.length);
    if (entry && further) best = { depth, order: taken.map((t) => t.entry.op), state, stuck: entry.op };
    const last = taken.pop();
    if (!last) {
      const { order, state: at, stuck } = best ?? { order: [], state: model.init, stuck: 0 };
      return { ok: false, prefix: order.map((i) => history[i] as Operation<I, O>), state: at, stuck: history[stuck] as Operation<I, O> };
    }
    state = last.before;
    flip(last.entry.op);
    if (history[last.entry.op]?.reply) {
      open += 1;
      depth -= 1;
    }
    unlift(last.entry);
    unanswered = history[last.entry.op]?.reply === undefined;
    entry = last.entry.next;
  }
  return { ok: true, order: taken.map((t) => history[t.entry.op] as Operation<I, O>) };

  function flip(op: number): void {
    placed[op >> 4] = (placed[op >> 4] ?? 0) ^ (1 << (op & 15));
  }
  /** Marks the operation as placed, unless this was tried before or an unanswered call would change nothing. */
  function isNew(op: number, after: S): boolean {
    const key = model.key(after);
    if (unanswered && key === model.key(state)) return false;
    flip(op);
    const known = String.fromCharCode(...placed) + key;
    if (tried.has(known)) {
      flip(op);
      return false;
    }
    tried.add(known);
    return true;
  }
}

/** Calls and returns in the order of their stamps; at one stamp calls come first, so that what touches is concurrent. */
function linked<I, O>(history: readonly Operation<I, O>[]): Entry {
  const moments = history.flatMap((o, op) => [
    { op, at: o.calledAt, isCall: true },
    ...(o.reply ? [{ op, at: o.reply.at, isCall: false }] : []),
  ]);
  moments.sort((a, b) => a.at - b.at || Number(b.isCall) - Number(a.isCall));
  const head = { op: -1, next: undefined, match: undefined, isCall: false } as unknown as Entry;
  const callOf = new Map<number, Entry>();
  let last = head;
  for (const { op, isCall } of moments) {
    const entry: Entry = { op, prev: last, next: undefined, match: undefined, isCall };
    last.next = entry;
    last = entry;
    if (isCall) callOf.set(op, entry);
    else (callOf.get(op) as Entry).match = entry;
  }
  return head;
}
function lift(call: Entry): void {
  for (const e of [call, call.match]) {
    if (!e) continue;
    e.prev.next = e.next;
    if (e.next) e.next.prev = e.prev;
  }
}
function unlift(call: Entry): void {
  for (const e of [call.match, call]) {
    if (!e) continue;
    e.prev.next = e;
    if (e.next) e.next.prev = e;
  }
}
