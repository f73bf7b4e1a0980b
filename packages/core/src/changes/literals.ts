import type { ChangedFile } from './diff-files.ts';

/** Text in quotes, or a number; escapes are kept as they are written. */
const literal = /'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\\n$]|\\.)*)`|(?<![\w.$])(\d[\d_]*(?:\.\d+)?)(?![\w.])/g;
const importLine = /^\s*(import\b|export\b[^'"]*\bfrom\b)|\brequire\s*\(/;
const titleCall = /^\s*(?:await\s+)?(?:test|it|describe|suite)(?:\.\w+)*\s*\(\s*(['"`])(?:[^\\]|\\.)*?\1/;
/** What stands in any program says nothing. */
const common = new Set(['utf8', 'utf-8', 'string', 'number', 'object', 'function', 'undefined', 'boolean', 'use strict', 'default']);

/**
 * Literals of the new tests that the fix brings too, in words: an answer that was written down for the very inputs of the
 * test looks like this. Honest fixes do it now and then, so it is a hint for the reader and refuses nothing. Text of three
 * characters and more counts, and numbers of three digits and more; not what is imported, nor the names of tests.
 *
 * Use it on what git says was added.
 *
 * @example
 * const file = { status: 'modified', oldMode: null, newMode: null, added: 1, removed: 0, binary: false } as const;
 * const test = { ...file, path: 'test/price.test.ts', addedLines: [`assert.equal(price('A-17'), 1995);`] };
 * sharedLiterals([test], [{ ...file, path: 'src/price.ts', addedLines: [`if (id === 'A-17') return 1995;`] }]).length; // → 1
 * sharedLiterals([test], [{ ...file, path: 'src/price.ts', addedLines: ['return prices.get(id);'] }]); // → []
 */
export function sharedLiterals(testFiles: readonly ChangedFile[], fixFiles: readonly ChangedFile[]): string[] {
  const asked = new Set(testFiles.flatMap((f) => f.addedLines.flatMap(literalsOf)));
  return fixFiles.flatMap((file) => {
    const shared = [...new Set(file.addedLines.flatMap(literalsOf))].filter((text) => asked.has(text)).sort();
    if (shared.length === 0) return [];
    const listed = shared.slice(0, 5).map((text) => JSON.stringify(text.slice(0, 60)));
    const more = shared.length > 5 ? ` and ${shared.length - 5} more` : '';
    return [
      `${file.path} holds what the new test asks for: ${listed.join(', ')}${more}. Is the answer calculated, or written down for this test?`,
    ];
  });
}

function literalsOf(line: string): string[] {
  if (importLine.test(line)) return [];
  return [...line.replace(titleCall, '').matchAll(literal)].flatMap((m) => {
    const digits = m[4]?.replaceAll('_', '');
    if (digits !== undefined) return digits.replace('.', '').length >= 3 && !/^10+$/.test(digits) ? [digits] : [];
    const text = m[1] ?? m[2] ?? m[3] ?? '';
    return text.trim().length >= 3 && !common.has(text) ? [text] : [];
  });
}
