import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchesGlob } from './glob.ts';

test.each([
  ['src/tools/**', 'src/tools/a.ts', true],
  ['src/tools/**', 'src/tools/deep/a.ts', true],
  ['src/tools/**', 'src/tools', false],
  ['src/tools', 'src/tools/deep/a.ts', true],
  ['src/tools', 'lib/src/tools/a.ts', false],
  ['/src', 'src/a.ts', true],
  ['/src', 'lib/src/a.ts', false],
  ['dist/', 'packages/a/dist/x.js', true],
  ['dist/', 'dist', false],
  ['*.snap', 'test/__snapshots__/a.snap', true],
  ['*.snap', 'a.snapshot', false],
  ['docs/*', 'docs/a.md', true],
  ['docs/*', 'docs/deep/a.md', false],
  ['**/util/*.ts', 'a/b/util/x.ts', true],
  ['**/util/*.ts', 'util/x.ts', true],
  ['a/**/b', 'a/b', true],
  ['a/**/b', 'a/x/y/b', true],
  ['a/**/b', 'a/x/y/c', false],
  ['*', 'any/depth.ts', true],
  ['**', 'any/depth.ts', true],
  ['te?t.js', 'test.js', true],
  ['[a].ts', 'a.ts', false],
  ['', 'a.ts', false],
])('%s on %s is %s', (pattern, path, expected) => {
  expect(matchesGlob(pattern, path)).toBe(expected);
});

test('a hostile pattern takes no time worth naming', () => {
  const path = Array.from({ length: 40 }, () => 'a'.repeat(40)).join('/');
  expect(matchesGlob(`${'**/*a*a*a*a*'.repeat(30)}/b`, path)).toBe(false);
});

test('a literal path always matches itself and what is below it', () => {
  const name = fc.stringMatching(/^[a-z0-9.-]{1,8}$/);
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), name, (parts, below) => {
      const path = parts.join('/');
      expect(matchesGlob(`/${path}`, path)).toBe(true);
      expect(matchesGlob(`/${path}`, `${path}/${below}`)).toBe(true);
      expect(matchesGlob(`/${path}`, `${path}x`)).toBe(false);
    }),
  );
});
