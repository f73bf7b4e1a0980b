import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runsOf, sometimes } from '../../testing/runs.ts';
import { canonicalJson, utf8Bytes } from './canonical-json.ts';
import { bodyOf, bodyText, type CheckpointHead, comparePlaces, decideSave, eventsAfter, evolveHead } from './checkpoint.ts';

const agent = (epoch = 1) => ({ id: 'agt_1', epoch });
const told = (epoch: number, sequence: number, digest = `d${epoch}.${sequence}`) => ({
  id: `ckp_${epoch}_${sequence}`,
  epoch,
  sequence,
  digest,
  sizeBytes: 1,
  trigger: 'tools',
  eventSequence: 0,
});
const head = (epoch: number, sequence: number, digest = `d${epoch}.${sequence}`): CheckpointHead => ({
  id: `ckp_${epoch}_${sequence}`,
  epoch,
  sequence,
  digest,
});

describe('whether a checkpoint becomes the latest', () => {
  it.each([
    ['the first', undefined, 1, told(1, 1), 'saved'],
    ['a greater sequence, with gaps', head(1, 3), 1, told(1, 9), 'saved'],
    ['a new epoch counts from one again', head(1, 7), 2, told(2, 1), 'saved'],
    ['the same told again', head(1, 3), 1, told(1, 3), 'same'],
  ] as const)('%s', (_, before, epoch, save, outcome) => {
    expect(decideSave(before, agent(epoch), save).outcome).toEqual({ ok: true, value: outcome });
  });
  it.each([
    ['an epoch that is over', head(1, 3), 2, told(1, 9), 'agent'],
    ['an epoch that has not begun', head(1, 3), 1, told(2, 1), 'agent'],
    ['a smaller sequence', head(1, 3), 1, told(1, 2), 'checkpoint'],
    ['the same sequence with other content', head(1, 3), 1, told(1, 3, 'other'), 'checkpoint'],
  ] as const)('I-CKPT-2: discards %s, and keeps that it came', (_, before, epoch, save, kind) => {
    const { events, outcome } = decideSave(before, agent(epoch), save);
    expect(outcome).toMatchObject({ ok: false, error: { code: 'version_conflict', kind } });
    expect(events).toMatchObject([
      { type: 'checkpoint.discarded', subjectId: 'agt_1', data: { epoch: save.epoch, sequence: save.sequence, latest: { sequence: 3 } } },
    ]);
    expect(events.reduce(evolveHead, before)).toBe(before);
  });
  it('I-CKPT-2: whatever arrives in whatever order, the head only grows, and each write is stored, known or visibly discarded', () => {
    const runs = runsOf('property', 2_000);
    const seen = { saved: 0, same: 0, discarded: 0 };
    const write = fc.record({ epoch: fc.integer({ min: 1, max: 3 }), sequence: fc.integer({ min: 1, max: 5 }), again: fc.boolean() });
    fc.assert(
      fc.property(fc.array(fc.oneof(write, fc.constant('restore' as const)), { maxLength: 40, size: 'max' }), (steps) => {
        let at: CheckpointHead | undefined;
        let epoch = 1;
        for (const step of steps) {
          if (step === 'restore') {
            epoch += 1;
            continue;
          }
          const save = told(step.epoch, step.sequence, step.again ? undefined : `other ${step.sequence}`);
          const { events, outcome } = decideSave(at, agent(epoch), save);
          const next = events.reduce(evolveHead, at);
          if (!outcome.ok) {
            seen.discarded += 1;
            expect(events.map((e) => e.type)).toEqual(['checkpoint.discarded']);
            expect(next).toBe(at);
          } else if (outcome.value === 'same') {
            seen.same += 1;
            expect([at?.digest, next]).toEqual([save.digest, at]);
          } else {
            seen.saved += 1;
            expect(save.epoch).toBe(epoch);
            expect(at === undefined || comparePlaces(save, at) > 0).toBe(true);
            expect(next).toMatchObject({ epoch: save.epoch, sequence: save.sequence });
          }
          at = next;
        }
      }),
      { numRuns: runs, seed: 1 },
    );
    for (const [what, times] of Object.entries(seen)) expect(times, what).toBeGreaterThanOrEqual(sometimes(1, runs, 2_000));
  });
});

describe('the text of a body', () => {
  it('I-CKPT-1: the same content has one text, whatever the order of its keys, and comes back as it was', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.array(fc.jsonValue(), { maxLength: 3 }), (state, messages) => {
        const text = bodyText({ state, messages, context: null });
        const turned = (v: unknown): unknown =>
          typeof v !== 'object' || v === null
            ? v
            : Array.isArray(v)
              ? v.map(turned)
              : Object.fromEntries(
                  Object.entries(v)
                    .reverse()
                    .map(([k, x]) => [k, turned(x)]),
                );
        expect(bodyText({ state: turned(state), messages, context: null })).toBe(text);
        expect(bodyOf(text)).toEqual(JSON.parse(JSON.stringify({ state, messages, context: null })));
        expect(bodyText(bodyOf(text))).toBe(text);
      }),
      { seed: 2 },
    );
  });
  it('keys that mean something elsewhere are keys like any other; what JSON has no word for is left out', () => {
    expect(canonicalJson(JSON.parse('{"b":1,"__proto__":{"a":2}}'))).toBe('{"__proto__":{"a":2},"b":1}');
    expect(canonicalJson({ b: undefined, a: [undefined, Number.NaN] })).toBe('{"a":[null,null]}');
  });
  it('is measured in bytes as they are stored', () => {
    const codePoint = fc.integer({ min: 0, max: 0x10ffff }).map((n) => String.fromCodePoint(n >= 0xd800 && n < 0xe000 ? 0x20ac : n));
    const anyText = fc.array(codePoint).map((points) => points.join(''));
    // what a URL is made of is UTF-8, byte for byte
    const bytes = (text: string) => encodeURIComponent(text).replaceAll(/%../g, 'x').length;
    fc.assert(
      fc.property(anyText, (text) => utf8Bytes(text) === bytes(text)),
      { seed: 3 },
    );
    expect(utf8Bytes('aü€🦉\ud800')).toBe(1 + 2 + 3 + 4 + 3);
  });
});

it('I-CKPT-4: the events behind a snapshot are those of its epoch behind its number, and all of later epochs, in order', () => {
  const e = (epoch: number, sequence: number) => ({ eventId: `${epoch}.${sequence}`, type: 't', atMs: 0, data: null, epoch, sequence });
  const events = [e(2, 1), e(1, 3), e(1, 5), e(2, 3), e(1, 4), e(1, 1)];
  expect(eventsAfter({ epoch: 1, eventSequence: 3 }, events).map((x) => x.eventId)).toEqual(['1.4', '1.5', '2.1', '2.3']);
});
