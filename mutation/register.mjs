/** Before the specs in a process of Stryker's Mocha runner: TypeScript, who stands in for Vitest, and a faster choice of tests. */
import { register } from 'node:module';
import Mocha from 'mocha';
import 'tsx';

register('./resolve-vitest.mjs', import.meta.url);
process.env.REEVE_PROPERTY_RUNS = '25';

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
