import { cleanText } from '@reeve/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrayText, literalOf, literalsText, storableText } from '../../src/store/array-text.ts';
import { PgUnderTest } from './pg-under-test.ts';

describe('arrays as text', () => {
  let on: PgUnderTest;
  beforeAll(async () => {
    on = await PgUnderTest.start();
  }, 60_000);
  afterAll(async () => on?.stop());

  it('come back as they were: any text, the word null, nothing, numbers', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }).map(cleanText),
      fc.constantFrom('null', 'NULL', '', ' a', 'a,b', '{', '}', '"', '\\', '\\"', 'claude-haiku-4-5', 'vertex_ai/x'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(text)), async (list) => {
        const { rows } = await on.sql.query('select to_json($1::text[]) as list', [arrayText(list, (v) => v)]);
        expect(rows[0].list).toEqual(list);
      }),
      { numRuns: 200 },
    );
    const { rows } = await on.sql.query(
      'select to_json($1::int8[]) as numbers, to_json($2::boolean[]) as flags, to_json($3::text[]) as path',
      [arrayText([1, -2n, null], (v) => v), arrayText([true, false], (v) => v), literalOf(['a', 'b c'])],
    );
    expect(rows[0]).toEqual({ numbers: [1, -2, null], flags: [true, false], path: ['a', 'b c'] });
  });
  it('of lists each is an element, and what no database can hold is taken out of each element alone', async () => {
    const lists = [['a', 'b c'], ['a', 'b c'], [], ['"', '\\', 'null', '{x,y}']];
    const texts = ['a\u0000b', null, '\ud83e', '\udd89', 'owl 🦉'];
    const { rows } = await on.sql.query(
      'select (select json_agg(l::text[]) from unnest($1::text[]) l) as lists, to_json($2::text[]) as texts',
      [literalsText(lists, (l) => l), storableText(texts, (t) => t)],
    );
    // the two halves stood in two texts: they are no owl
    expect(rows[0]).toEqual({ lists, texts: ['ab', null, '', '', 'owl 🦉'] });
  });
});
