import { expect, it } from 'vitest';
import { checksIn, compile } from './example.ts';

const scope = { twice: (n: number) => 2 * n, later: async () => Promise.reject(new Error('no')) };
const run = (example: string) => compile(example, scope)(expect);

it('an example holds when each of its values comes out', async () => {
  await run('const n: number = twice(1);\nn; // → 2\ntwice(\n  n,\n); // → twice(twice(1))\n({ n }); // → { n: 2 }');
  await run('null.x; // → throws\nawait later(); // → throws');
});
it('an example fails by a value that does not come out, under the words of its expression', async () => {
  await expect(run('twice(1); // → 2\ntwice(2); // → 5')).rejects.toThrow('twice(2): expected 4 to deeply equal 5');
  await expect(run('twice(1); // → throws')).rejects.toThrow('instead of rejecting');
});
it('an example may call something by a name that is in scope', async () => {
  await run('const twice = 7;\ntwice; // → 7');
});
it('a value that nothing would look at is refused, and so is what does not parse', () => {
  expect(() => checksIn('const n = twice(1); // → 3')).toThrow('behind an expression');
  expect(() => run('twice(1; // → 2')).toThrow();
  expect([checksIn('twice(1);'), checksIn('twice(1); // → 2')]).toEqual([0, 1]);
});
