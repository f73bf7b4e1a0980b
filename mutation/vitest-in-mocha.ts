/**
 * What the specs of the core import from `vitest`, on top of Mocha: Stryker's Mocha runner keeps the loaded modules from one
 * mutant to the next, which is most of the time of a run. The matchers are Vitest's own. What is not here no spec uses; a spec
 * that begins to fails to load, which ends the run.
 */
import { ASYMMETRIC_MATCHERS_OBJECT, customMatchers, JestAsymmetricMatchers, JestChaiExpect, JestExtend, setState } from '@vitest/expect';
import * as chai from 'chai';

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

const asked = (value: unknown, message?: string) => {
  setState({ assertionCalls: 0, isExpectingAssertions: false }, expect);
  return chai.expect(value, message);
};
export const expect = Object.assign(asked, chai.expect, (globalThis as never)[ASYMMETRIC_MATCHERS_OBJECT]) as never;
(chai.expect as unknown as { extend(expect: object, matchers: object): void }).extend(expect, customMatchers);

type Body = (...args: never[]) => unknown;
type Define = (title: string, body: Body) => unknown;
const mocha = globalThis as unknown as Record<'describe' | 'it', Define> &
  Record<'before' | 'after' | 'beforeEach' | 'afterEach', (body: Body) => void>;

/** `%s`, `%i`, `%j` and `$name` as in Vitest, near enough to tell rows apart. */
function titled(title: string, row: unknown[], at: number): string {
  let next = 0;
  const filled = title.replace(/%([sdifjo%#])/g, (_, kind) => (kind === '%' ? '%' : kind === '#' ? String(at) : textOf(row[next++])));
  const named = row[0] as Record<string, unknown> | null;
  const told = filled.replace(/\$(\w+)/g, (whole, name) => (named && typeof named === 'object' && name in named ? textOf(named[name]) : whole));
  return `${told} #${at}`;
}
const textOf = (value: unknown): string =>
  typeof value === 'object' && value !== null
    ? JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}n` : v))
    : typeof value === 'function'
      ? value.name
      : String(value);

/** What a spec file defines waits until it is loaded, and then stands in a suite of its own (`register.mjs`). */
const { reeveDefined } = globalThis as unknown as { reeveDefined: (() => void)[] };
let inSuite = false;
function later(define: () => void): void {
  if (inSuite) return define();
  reeveDefined.push(() => {
    inSuite = true;
    define();
    inSuite = false;
  });
}

const withEach = (name: 'describe' | 'it') => {
  const define: Define = (title, body) => later(() => void mocha[name](title, body));
  // Mocha takes a function with a parameter for one that calls back: none of these has one
  return Object.assign((title: string, body: Body) => define(title, () => body()), {
    each: (rows: readonly unknown[]) => (title: string, body: Body) =>
      rows.forEach((row, at) => {
        const args = Array.isArray(row) ? row : [row];
        define(titled(title, args, at), () => body(...(args as never[])));
      }),
  });
};
const hook =
  (name: 'before' | 'after' | 'beforeEach' | 'afterEach') =>
  (body: Body): void =>
    later(() => void mocha[name](() => body()));
export const describe = withEach('describe');
export const it = withEach('it');
export const test = it;
export const beforeAll = hook('before');
export const afterAll = hook('after');
export const beforeEach = hook('beforeEach');
export const afterEach = hook('afterEach');
