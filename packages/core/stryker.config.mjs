/**
 * Mutation testing of the core: `pnpm stryker`, or a part of it with `pnpm stryker --mutate 'src/stop/*.ts'`. Known results
 * are kept, so a second run tries only what changed. Each mutant runs the tests that reach it, with few runs a property.
 *
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'stryker.vitest.config.ts' },
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
  timeoutMS: 30_000,
  thresholds: { high: 90, low: 85, break: 85 },
};
