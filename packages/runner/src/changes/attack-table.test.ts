import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** The attack table of the design, row by row: what docs/attacks.md must have, whatever else it has. */
const attacks = [
  'no test',
  'test without fix',
  'vacuous test',
  '`.skip`/`.only`/`todo`',
  'deleted test file',
  'one assertion gutted',
  'runner configuration that excludes',
  "ignored configuration in the agent's tree",
  'marker file or comment that the test reads',
  'obfuscated `import("node:"+…)`',
  '`?raw` import',
  'flag export plus noise',
  'fail-once state in TMP',
  'random or order-dependent test',
  'load error as red',
  'regression elsewhere',
  '`process.exit(0)`',
  'patched `Object.is`/assert',
  'forged report, killed runner',
  '`@ts-nocheck`, `eslint-disable`',
  'symlink, gitlink, mode change',
  '`.gitattributes` filter, textconv',
  'lifecycle script, manifest change',
  'hooks, hooksPath, fsmonitor',
  'skip-worktree',
  '`git replace`',
  "secrets in the test's environment",
  'network and file escape',
  'amend after approval',
  'base moved',
  'fix read from history',
  'change split under the thresholds',
  'layers file edited',
  '`..`, `.git`, bidi, case-colliding paths',
  'snapshot rewrite',
  'hard-coded test inputs (a hint only)',
  'agent-written approval text, HTML in logs',
  'replayed, self or child approval',
  'hang, fork bomb, log flood',
];

const rows = [...read('docs/attacks.md').matchAll(/^\| (.*?) ?\| `(.+)` \| (\S+) \|$/gm)].map(([, attack = '', title = '', file = '']) => ({
  attack,
  title,
  file,
}));

/** Whether the file names a test, a group or a row of a table like this, and not a part of another title. */
function namesTest(text: string, title: string): boolean {
  const escaped = title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?:\\(|\\[)\\s*(['"\`])${escaped}\\1`).test(text);
}

describe('every row of the attack table has its test', () => {
  test('the table has every row of the design', () => {
    const named = rows.filter((row) => row.attack !== '').map((row) => row.attack);
    expect(attacks.filter((attack) => !named.includes(attack))).toEqual([]);
    expect(new Set(named).size).toBe(named.length);
    const lines = read('docs/attacks.md').split('\n');
    expect(rows.length).toBe(lines.filter((line) => line.startsWith('|')).length - 2);
  });
  test.each(rows.map((row) => [row.title, row.file]))('%s, in %s', (title, file) => {
    expect(namesTest(read(file), title)).toBe(true);
  });
  test('a part of a title, and a title in a comment, are no test', () => {
    expect(namesTest("test('a long title', () => {});", 'a long')).toBe(false);
    expect(namesTest('// a long title', 'a long title')).toBe(false);
  });
});
