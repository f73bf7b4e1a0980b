/** Before the specs in a process of Stryker's Mocha runner: TypeScript, who stands in for Vitest, and what makes it fast. */
import { register } from 'node:module';
import { relative } from 'node:path';
import Mocha from 'mocha';
import 'tsx';

register('./resolve-vitest.mjs', import.meta.url);
process.env.REEVE_PROPERTY_RUNS = '25';
globalThis.reeveDefined = [];

/**
 * Stryker names the tests of a mutant as one expression of up to a thousand and a half whole titles, `(^…$)|(^…$)`, tried one
 * after the other against each title: half a second a mutant. A set answers the same at once.
 */
const grep = Mocha.prototype.grep;
Mocha.prototype.grep = function (wanted) {
  if (!(wanted instanceof RegExp) || !/^\(\^.*\$\)$/s.test(wanted.source)) return grep.call(this, wanted);
  const titles = wanted.source.slice(2, -2).split('$)|(^');
  const set = new Set(titles.map((t) => t.replace(/\\n/g, '\n').replace(/\\([^\w\s])/g, '$1')));
  this.options.grep = { test: (title) => set.has(title) };
  return this;
};

/** A spec file is a suite: what Vitest does before each of its tests is done before each of its tests, and no other's. */
const loadFilesAsync = Mocha.prototype.loadFilesAsync;
Mocha.prototype.loadFilesAsync = function (options) {
  this.suite.on('post-require', (context, file) => {
    const defined = globalThis.reeveDefined.splice(0);
    context.describe(relative(process.cwd(), file), () => defined.forEach((define) => define()));
  });
  return loadFilesAsync.call(this, options);
};

/** The file that caught a mutant last goes first: the next mutant stands beside it as a rule, and the first failure ends its run. */
const caughtAt = new Map();
let caught = 0;
const run = Mocha.prototype.run;
Mocha.prototype.run = function (done) {
  const at = (suite) => caughtAt.get(suite.file) ?? 0;
  this.suite.suites.sort((a, b) => at(b) - at(a));
  return run.call(this, done).on('fail', (test) => caughtAt.set(test.file, ++caught));
};
