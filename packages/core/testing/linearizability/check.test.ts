import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkLinearizable, maxOperations } from './check.ts';
import { assertLinearizable, explain } from './explain.ts';
import { History, type Model, type Operation } from './history.ts';

/** A register with compare-and-set: the object that the field's examples are about. */
type In = { do: 'write'; value: number } | { do: 'read' } | { do: 'cas'; from: number; to: number };
type Out = number | boolean | null;
const register: Model<number, In, Out> = {
  init: 0,
  step(value, input, output) {
    switch (input.do) {
      case 'write':
        return input.value;
      case 'read':
        return output === undefined || output === value ? value : undefined;
      case 'cas': {
        const swapped = value === input.from;
        if (output !== undefined && output !== swapped) return undefined;
        return swapped ? input.to : value;
      }
    }
  },
  key: String,
};
/** A queue, first in first out; null from an empty one. */
type QueueIn = { put: number } | { take: true };
const queue: Model<readonly number[], QueueIn, Out> = {
  init: [],
  step(items, input, output) {
    if ('put' in input) return [...items, input.put];
    if (output !== undefined && output !== (items[0] ?? null)) return undefined;
    return items.slice(1);
  },
  key: (items) => items.join(),
};
let clients = 0;
/** `at(0, 3, …)`: called at 0, returned at 3; without an output there was no reply. */
const at = <I>(calledAt: number, returnedAt: number, input: I, output?: Out): Operation<I, Out> => ({
  client: clients++,
  input,
  calledAt,
  ...(output === undefined ? {} : { reply: { output, at: returnedAt } }),
});
const write = (from: number, to: number, value: number) => at<In>(from, to, { do: 'write', value }, null);
const read = (from: number, to: number, value: number) => at<In>(from, to, { do: 'read' }, value);
const cas = (from: number, to: number, a: number, b: number, done: boolean) => at<In>(from, to, { do: 'cas', from: a, to: b }, done);
const lost = <I>(from: number, input: I) => at<I>(from, 0, input);
const put = (from: number, to: number, value: number) => at<QueueIn>(from, to, { put: value }, null);
const take = (from: number, to: number, value: number | null) => at<QueueIn>(from, to, { take: true }, value);

describe('known histories', () => {
  it.each<[string, Operation<In, Out>[]]>([
    ['nothing', []],
    ['a read during a write sees the value before it', [write(0, 9, 1), read(1, 2, 0)]],
    ['or the value after it', [write(0, 9, 1), read(1, 2, 1)]],
    ['the write that returned last came first (wrong for who orders by returns)', [write(0, 9, 1), write(1, 3, 2), read(4, 5, 2)]],
    ['the write that was called last came first (wrong for who orders by calls)', [write(0, 9, 1), write(1, 3, 2), read(10, 11, 1)]],
    ['the first choice is wrong (wrong for who never goes back)', [write(0, 9, 1), write(0, 9, 2), read(1, 8, 2), read(10, 11, 1)]],
    ['a write without a reply took effect', [lost(0, { do: 'write', value: 1 }), read(5, 6, 1)]],
    ['or never did', [lost(0, { do: 'write', value: 1 }), read(5, 6, 0), read(7, 8, 0)]],
    ['or late, long after its caller gave up', [lost(0, { do: 'write', value: 1 }), write(1, 2, 2), read(3, 4, 2), read(5, 6, 1)]],
    ['of two swaps one found it', [cas(0, 5, 0, 1, true), cas(0, 5, 0, 2, false), read(6, 7, 1)]],
    ['what touches at one moment is concurrent', [write(0, 5, 1), read(5, 6, 0)]],
  ])('linearizable: %s', (_, history) => {
    expect(checkLinearizable(register, history)).toMatchObject({ ok: true });
  });

  it.each<[string, Operation<In, Out>[]]>([
    ['a stale read (fine for who asks for sequential consistency)', [write(0, 1, 1), read(2, 3, 0)]],
    ['a value that nobody wrote', [write(0, 1, 1), read(2, 3, 7)]],
    ['the value goes back while a write is under way', [write(0, 9, 1), read(1, 2, 1), read(3, 4, 0)]],
    ['two readers see two writes in two orders', [write(0, 9, 1), write(0, 9, 2), read(1, 2, 1), read(3, 4, 2), read(5, 6, 1)]],
    ['both swaps found it', [cas(0, 5, 0, 1, true), cas(1, 6, 0, 2, true)]],
    [
      'a write without a reply took effect twice',
      [lost(0, { do: 'write', value: 1 }), read(1, 2, 1), write(3, 4, 2), read(5, 6, 2), read(7, 8, 1)],
    ],
    ['a swap that failed though nothing could stand in its way', [write(0, 1, 1), cas(2, 3, 1, 2, false)]],
    ['it took effect before it was called', [read(0, 1, 1), lost(2, { do: 'write', value: 1 })]],
    ['each value by itself is fine, the end is not', [write(0, 3, 1), write(4, 6, 2), read(5, 7, 1), read(8, 9, 1)]],
  ])('not linearizable: %s', (_, history) => {
    expect(checkLinearizable(register, history)).toMatchObject({ ok: false });
  });

  it('a queue: what each one got is fine by itself, the order is not', () => {
    expect(checkLinearizable(queue, [put(0, 1, 1), put(2, 3, 2), take(4, 9, 2), take(5, 8, 1)]).ok).toBe(true);
    expect(checkLinearizable(queue, [put(0, 1, 1), put(2, 3, 2), take(4, 5, 2), take(6, 7, 1)]).ok).toBe(false);
    expect(checkLinearizable(queue, [put(0, 9, 1), put(0, 9, 2), take(1, 2, 2), take(3, 4, 1), take(5, 6, null)]).ok).toBe(true);
    // the same item to two takers, each of whom a checker of one client at a time believes
    expect(checkLinearizable(queue, [put(0, 1, 1), take(2, 5, 1), take(3, 6, 1)]).ok).toBe(false);
  });
  it('the order it answers is one that the model allows, and keeps real time', () => {
    const history = [write(0, 9, 1), write(0, 9, 2), read(1, 8, 2), read(10, 11, 1)];
    const verdict = checkLinearizable(register, history);
    expect(verdict.ok && verdict.order.map((o) => history.indexOf(o))).toEqual([1, 2, 0, 3]);
  });
});

describe('a failure explains itself', () => {
  it('names the longest beginning that fits and the operation that fits nowhere', () => {
    const history: Operation<In, Out>[] = [
      { client: 0, calledAt: 0, input: { do: 'write', value: 1 }, reply: { output: null, at: 1 } },
      { client: 1, calledAt: 2, input: { do: 'read' }, reply: { output: 0, at: 3 } },
      { client: 2, calledAt: 3, input: { do: 'write', value: 4 } },
    ];
    expect(explain(register, history, checkLinearizable(register, history))).toBe(
      [
        'not linearizable: 3 operations by 3 clients',
        'the longest order that fits (1):',
        '  1. client 0 [0, 1] {"do":"write","value":1} → null',
        'it leads to 1',
        'where this one returned, and fits nowhere:',
        '  ✗  client 1 [2, 3] {"do":"read"} → 0',
        'not placed yet:',
        '  -  client 2 [3, …] {"do":"write","value":4} → no reply',
      ].join('\n'),
    );
    expect(() => assertLinearizable(register, history)).toThrow('fits nowhere');
  });
  it('refuses more operations than anybody could read', () => {
    const history = Array.from({ length: maxOperations + 1 }, (_, i) => write(2 * i, 2 * i + 1, i));
    expect(() => checkLinearizable(register, history)).toThrow(RangeError);
  });
});

/** Every order of every choice of unanswered operations, one after the other: slow, and right by inspection. */
function bruteForce<S, I, O>(model: Model<S, I, O>, history: readonly Operation<I, O>[]): boolean {
  const go = (state: S, left: readonly Operation<I, O>[]): boolean => {
    if (left.every((o) => !o.reply)) return true;
    return left.some((next) => {
      if (left.some((o) => o.reply && o !== next && o.reply.at < next.calledAt)) return false;
      const rest = left.filter((o) => o !== next);
      const after = model.step(state, next.input, next.reply?.output);
      return after !== undefined && go(after, rest);
    });
  };
  return go(model.init, history);
}

describe('against all orders, one by one', () => {
  const small = fc.integer({ min: 0, max: 2 });
  const stamps = fc.tuple(fc.nat(12), fc.integer({ min: 1, max: 6 }));
  const answered = fc.integer({ min: 0, max: 9 }).map((n) => n > 1);
  const registerOp = fc
    .tuple(
      stamps,
      answered,
      fc.oneof(
        fc.tuple(fc.record({ do: fc.constant('write' as const), value: small }), fc.constant(null)),
        fc.tuple(fc.record({ do: fc.constant('read' as const) }), small),
        fc.tuple(fc.record({ do: fc.constant('cas' as const), from: small, to: small }), fc.boolean()),
      ),
    )
    .map(([[from, length], isAnswered, [input, output]]) => at<In>(from, from + length, input, isAnswered ? output : undefined));
  const queueOp = fc
    .tuple(
      stamps,
      answered,
      fc.oneof(
        fc.tuple(fc.record({ put: small }), fc.constant(null)),
        fc.tuple(fc.record({ take: fc.constant(true as const) }), fc.option(small)),
      ),
    )
    .map(([[from, length], isAnswered, [input, output]]) => at<QueueIn>(from, from + length, input, isAnswered ? output : undefined));

  it.each([
    ['register', register, registerOp],
    ['queue', queue, queueOp],
  ])('says the same of every small history of a %s', (_, model, op) => {
    const seen = { yes: 0, no: 0 };
    fc.assert(
      fc.property(fc.array(op as fc.Arbitrary<Operation<In, Out>>, { maxLength: 6 }), (history) => {
        const expected = bruteForce(model as Model<unknown, In, Out>, history);
        seen[expected ? 'yes' : 'no'] += 1;
        expect(checkLinearizable(model as Model<unknown, In, Out>, history).ok).toBe(expected);
      }),
      { numRuns: 3000 },
    );
    expect(Math.min(seen.yes, seen.no)).toBeGreaterThan(300);
  });
});

describe('speed', () => {
  /** A long history of eight clients, each operation overlapping those of the seven others. */
  function long(operations: number, spoil: boolean): Operation<In, Out>[] {
    const history = new History<In, Out>();
    let [value, seed] = [0, 1];
    const open: { op: Operation<In, Out>; output: Out }[] = [];
    for (let i = 0; i < operations; i++) {
      seed = (seed * 48_271) % 2_147_483_647;
      const input: In =
        i % 3 === 0 ? { do: 'write', value: seed % 5 } : i % 3 === 1 ? { do: 'cas', from: value, to: seed % 7 } : { do: 'read' };
      const op = history.call(i % 8, input);
      const output = input.do === 'read' ? value : input.do === 'cas' ? true : null;
      value = input.do === 'write' ? input.value : input.do === 'cas' ? input.to : value;
      open.push({ op, output });
      if (open.length === 8) {
        const [done] = open.splice(seed % 8, 1);
        if (done) history.reply(done.op, done.output);
      }
    }
    for (const { op, output } of open) history.reply(op, output);
    if (spoil) (history.operations.at(-1) as Operation<In, Out>).reply = { output: 99, at: 10 ** 6 };
    return history.operations;
  }
  it('300 operations of 8 clients are decided in well under a second, either way', () => {
    const startMs = Date.now();
    expect(checkLinearizable(register, long(300, false)).ok).toBe(true);
    expect(
      checkLinearizable(
        register,
        long(300, true).map((o) => (o.reply?.output === 99 ? { ...o, input: { do: 'read' } } : o)),
      ).ok,
    ).toBe(false);
    expect(Date.now() - startMs).toBeLessThan(3_000); // 15 ms each on a quiet machine
  });
});
