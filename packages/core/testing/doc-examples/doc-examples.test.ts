import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as testing from '../index.ts';
import { checksIn, compile } from './example.ts';
import { exportsOf } from './exports.ts';

// What the doors of the core export is told above its declaration, and shown by examples that run here.

const core = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const { exports: packageExports } = JSON.parse(readFileSync(`${core}/package.json`, 'utf8')) as { exports: Record<string, string> };
const doors = Object.entries(packageExports).flatMap(([name, path]) => (name.startsWith('./testing') ? [] : [path]));

const met = new Set<string>();
const exported = doors.flatMap((path) => exportsOf(`${core}/src`, path.replace('./src/', ''), met));
const modules: Record<string, unknown>[] = await Promise.all(doors.map((path) => import(`${core}/${path}`)));
const values: Record<string, unknown> = Object.assign({}, ...modules);
const scope = { ...values, ...testing };

describe('what the doors of the core export', () => {
  it('is told above its declaration, and shown by an example', () => {
    const untold = exported.filter((e) => !e.doc.trim()).map((e) => `${e.file}: ${e.name} has no docstring`);
    const unshown = exported.filter((e) => e.value && e.examples.length === 0).map((e) => `${e.file}: ${e.name} has no example`);
    expect([...untold, ...unshown]).toEqual([]);
  });
  it('is found by its syntax, all of it', () => {
    expect([...new Set(exported.filter((e) => e.value).map((e) => e.name))].sort()).toEqual(Object.keys(values).sort());
  });
});

describe('the example of', () => {
  for (const { file, name, examples } of exported)
    for (const [i, example] of examples.entries())
      it(`${file}: ${name}${i ? `, ${i + 1}` : ''}`, async () => {
        expect(checksIn(example)).toBeGreaterThan(0);
        await compile(example, scope)(expect);
      });
});
