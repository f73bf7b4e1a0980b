/** A test with many generated inputs for one tool; what a tester writes when asked to cover it better. */
export type PropertyTest = { tool: string; about: string; test: string };

const head = (imports: string, tool: string) => `import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ${imports} } from '../src/tools/${tool}.ts';

// A small generator with a fixed seed: the same inputs at every run.
let seed = 20;
const next = (below: number) => {
  seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
  return Math.floor((seed / 2 ** 31) * below);
};
`;

export const propertyTests: readonly PropertyTest[] = [
  {
    tool: 'lists',
    about: 'pieces joined again are the list',
    test: `${head('chunk', 'lists')}
it('loses and adds nothing', () => {
  for (let round = 0; round < 200; round++) {
    const list = Array.from({ length: next(40) }, () => next(100));
    assert.deepEqual(chunk(list, 1 + next(9)).flat(), list);
  }
});
`,
  },
  {
    tool: 'numbers',
    about: 'the median lies between the smallest and the largest value',
    test: `${head('median', 'numbers')}
it('lies within the values', () => {
  for (let round = 0; round < 200; round++) {
    const values = Array.from({ length: 1 + next(30) }, () => next(1000) - 500);
    const middle = median(values) as number;
    assert.ok(middle >= Math.min(...values) && middle <= Math.max(...values));
  }
});
`,
  },
  {
    tool: 'csv',
    about: 'what is written is read back',
    test: `${head('formatCsv, parseCsv', 'csv')}
it('reads back what it wrote', () => {
  const word = () => Array.from({ length: 1 + next(6) }, () => 'ab ,"'[next(5)]).join('');
  for (let round = 0; round < 100; round++) {
    const rows = Array.from({ length: 1 + next(4) }, () => [word(), word(), word()]);
    assert.deepEqual(parseCsv(formatCsv(rows)), rows);
  }
});
`,
  },
  {
    tool: 'json-pointer',
    about: 'a pointer made of a key finds that key',
    test: `${head('getAt, pointerOf', 'json-pointer')}
it('finds every key', () => {
  for (let round = 0; round < 200; round++) {
    const key = Array.from({ length: 1 + next(5) }, () => 'a~/01'[next(5)]).join('');
    assert.equal(getAt({ [key]: round }, pointerOf([key])), round);
  }
});
`,
  },
  {
    tool: 'dates',
    about: 'days counted there and back are the same',
    test: `${head('daysBetween, isoDay', 'dates')}
it('counts the same both ways', () => {
  const day = () => isoDay(new Date(Date.UTC(2000 + next(40), next(12), 1 + next(28))));
  for (let round = 0; round < 200; round++) {
    const [a, b] = [day(), day()];
    assert.equal(daysBetween(a, b) + daysBetween(b, a), 0);
  }
});
`,
  },
];
