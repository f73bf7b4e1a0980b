import { fileURLToPath } from 'node:url';

const mutation = (name) => fileURLToPath(new URL(`../../mutation/${name}`, import.meta.url));

/**
 * Mutation testing of the core: `pnpm stryker`, or a part of it with `pnpm stryker --mutate 'src/stop/*.ts'`. Known results
 * are kept, so a second run tries only what changed. Each mutant runs the specs that reach it, with few runs a property; the
 * simulated world and the histories are left out: the score is what the specs alone reach. They run in Mocha, in a process
 * that keeps its modules from mutant to mutant: forty times as fast as a runner that loads them anew.
 *
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
  testRunner: 'mocha',
  plugins: ['@stryker-mutator/mocha-runner'],
  mochaOptions: { spec: ['src/**/*.test.ts'], require: ['./testing/fixed-seed.ts'] },
  testRunnerNodeArgs: ['--import', mutation('register.mjs')],
  mutate: ['src/**/*.ts', '!src/**/*.test.ts', '!src/**/testing-*.ts'],
  coverageAnalysis: 'perTest',
  // where neither the linter nor a vitest that watches finds the copies, and as deep as this folder: tsconfig.json extends one
  // two folders up, which Stryker itself would rewrite for its own place
  tempDirName: '../../.stryker-tmp',
  tsconfigFile: 'none',
  incremental: true,
  incrementalFile: '../../.stryker/incremental.json',
  reporters: ['clear-text', 'json', 'html'],
  clearTextReporter: { allowColor: false, reportTests: false, allowEmojis: false },
  jsonReporter: { fileName: '../../.stryker/report.json' },
  htmlReporter: { fileName: '../../.stryker/report.html' },
  concurrency: Number(process.env.REEVE_STRYKER_WORKERS ?? 1),
  // a tenth of a second, as a rule: ten seconds is a loop without an end, also beside other work
  timeoutMS: 10_000,
  thresholds: { high: 90, low: 85, break: 85 },
};
