import type { SeededBug } from './bug.ts';

/** The bug that the toolsmith finds in the tool she works with herself. */
export const ownToolBug: SeededBug = {
  name: 'tap-summary-suites',
  file: 'src/tools/tap-summary.ts',
  finding: 'A suite reports a result of its own behind the results of its tests, and the tool counts it as one more test.',
  edits: [
    [
      `  for (const line of tap.split('\\n')) {
    const found = result.exec(line);
    if (!found) continue;
`,
      `  const lines = tap.split('\\n');
  for (const [at, line] of lines.entries()) {
    const found = result.exec(line);
    if (!found || isSuite(lines, at)) continue;
`,
    ],
    [
      `  return summary;
}
`,
      `  return summary;
}

/** A suite says so in the details behind its result; its tests have been counted one by one. */
function isSuite(lines: string[], at: number): boolean {
  if (lines[at + 1]?.trim() !== '---') return false;
  for (const line of lines.slice(at + 2)) {
    if (line.trim() === '...') return false;
    if (line.trim() === "type: 'suite'") return true;
  }
  return false;
}
`,
    ],
  ],
  test: `import assert from 'node:assert/strict';
import { it } from 'node:test';
import { summariseTap } from '../src/tools/tap-summary.ts';

const tap = \`TAP version 13
# Subtest: numbers
    # Subtest: adds
    ok 1 - adds
      ---
      duration_ms: 0.5
      ...
    # Subtest: divides
    not ok 2 - divides
      ---
      duration_ms: 0.9
      code: 'ERR_ASSERTION'
      ...
    1..2
not ok 1 - numbers
  ---
  duration_ms: 2.1
  type: 'suite'
  ...
1..1
\`;

it('counts the tests of a suite, not the suite', () => {
  assert.deepEqual(summariseTap(tap), { passed: 1, failed: 1, failures: ['divides'] });
});
`,
  review: 'The details behind a result decide, so suites nested in suites are left out as well.',
};

/** Those that users reported; each has a reproduction in \`reports/\`. */
export const reportedBugs: readonly SeededBug[] = [
  {
    name: 'csv-doubled-quotes',
    file: 'src/tools/csv.ts',
    finding: 'Inside a quoted field two quotes stand for one, but each of them is taken as the end or the start of quoting.',
    wrongFirst: [["      fields.push(field);\n      field = '';", "      fields.push(field.replaceAll('\"\"', '\"'));\n      field = '';"]],
    edits: [
      [
        `    if (char === '"') {\n      quoted = !quoted;`,
        `    if (quoted && char === '"' && line[i + 1] === '"') {\n      field += '"';\n      i++;\n    } else if (char === '"') {\n      quoted = !quoted;`,
      ],
    ],
    review: 'The pair is consumed in one step, so a field that ends in a doubled quote is read right too.',
  },
  {
    name: 'dates-end-of-month',
    file: 'src/tools/dates.ts',
    finding: 'setUTCMonth rolls 31 February over into March; the day must be limited to the length of the target month.',
    wrongFirst: [
      [
        '  date.setUTCMonth(date.getUTCMonth() + months);\n',
        '  date.setUTCMonth(date.getUTCMonth() + months);\n  if (isoDay(date).slice(8) !== day.slice(8)) date.setUTCDate(1);\n',
      ],
    ],
    edits: [
      [
        '  date.setUTCMonth(date.getUTCMonth() + months);\n',
        '  const wanted = date.getUTCDate();\n  date.setUTCDate(1);\n  date.setUTCMonth(date.getUTCMonth() + months);\n  // Day 0 of the month after is the last day of this one.\n  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();\n  date.setUTCDate(Math.min(wanted, last));\n',
      ],
    ],
    review: 'Going to the first of the month before changing the month is what keeps it from rolling over.',
  },
  {
    name: 'durations-two-units',
    file: 'src/tools/durations.ts',
    finding: 'Only the first number with its unit is read; whatever follows is ignored, even when it is nonsense.',
    edits: [
      [
        `  const found = /^(\\d+)(ms|s|m|h|d)/.exec(text);
  if (!found) return undefined;
  return Number(found[1]) * unitMs[found[2] as keyof typeof unitMs];
`,
        `  if (!/^(\\d+(ms|s|m|h|d))+$/.test(text)) return undefined;
  let totalMs = 0;
  for (const [, count, unit] of text.matchAll(/(\\d+)(ms|s|m|h|d)/g)) totalMs += Number(count) * unitMs[unit as keyof typeof unitMs];
  return totalMs;
`,
      ],
    ],
    review: 'The whole text has to match first, so "5 apples" and "1hour" are refused now.',
  },
  {
    name: 'paths-half-a-name',
    file: 'src/tools/paths.ts',
    finding: 'The shared beginning is cut by characters, so half a folder name counts as shared.',
    edits: [
      [
        `  let shared = first;
  for (const path of rest) {
    let length = 0;
    while (length < shared.length && shared[length] === path[length]) length++;
    shared = shared.slice(0, length);
  }
  return shared.replace(/\\/$/, '');
`,
        `  let shared = parts(first);
  for (const path of rest) {
    const other = parts(path);
    const differs = shared.findIndex((part, i) => part !== other[i]);
    if (differs >= 0) shared = shared.slice(0, differs);
  }
  return shared.join('/');
`,
      ],
    ],
    review: 'Compares whole parts with the helper that is already there. A leading slash gets lost; nothing here passes one.',
  },
  {
    name: 'numbers-exact-unit',
    file: 'src/tools/numbers.ts',
    finding: 'The next unit starts above 1024 instead of at 1024.',
    edits: [['while (value > 1024 &&', 'while (value >= 1024 &&']],
    review: 'One character, at the right place: the boundary belongs to the next unit.',
  },
  {
    name: 'text-too-long',
    file: 'src/tools/text.ts',
    finding: 'The ellipsis is added behind `max` characters, so the result is one too long.',
    // Three for the ellipsis, as if it were three dots.
    wrongFirst: [['text.slice(0, max)', 'text.slice(0, max - 3)']],
    edits: [['  return `\u0024{text.slice(0, max)}…`;', "  return max < 1 ? '' : `\u0024{text.slice(0, max - 1)}…`;"]],
    review: 'Leaves room for the ellipsis, and answers with nothing where there is no room at all.',
  },
  {
    name: 'json-pointer-escaped-tilde',
    file: 'src/tools/json-pointer.ts',
    finding: 'The escapes are undone in the wrong order: the tilde made from `~0` is read again as the start of `~1`.',
    edits: [["part.replaceAll('~0', '~').replaceAll('~1', '/')", "part.replaceAll('~1', '/').replaceAll('~0', '~')"]],
    review: 'RFC 6901 asks for exactly this order, section 4.',
  },
  {
    name: 'diff-stat-plus-plus',
    file: 'src/tools/diff-stat.ts',
    finding: 'A changed line that begins with `++` or `--` looks like a file header; headers only stand before the first hunk.',
    edits: [
      [`  for (const line of diff.split('\\n')) {\n`, `  let inHunk = false;\n  for (const line of diff.split('\\n')) {\n`],
      [
        `    if (file?.[1]) stat.files.push(file[1]);
    else if (line.startsWith('+++') || line.startsWith('---')) continue;
    else if`,
        `    if (file?.[1]) {
      stat.files.push(file[1]);
      inHunk = false;
    } else if (line.startsWith('@@')) inHunk = true;
    else if (!inHunk) continue;
    else if`,
      ],
    ],
    review: 'Knowing where the hunk starts is the only safe way to tell a header from a line.',
  },
];

export const seededBugs: readonly SeededBug[] = [ownToolBug, ...reportedBugs];
