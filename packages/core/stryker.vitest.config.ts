import { defineConfig } from 'vitest/config';

/** What StrykerJS runs for each mutant: the tests of the core alone, the same at every run. */
export default defineConfig({
  test: {
    include: ['{src,testing}/**/*.test.ts'],
    isolate: false, // the tests of the core share nothing that they change, and loading is most of their time
    setupFiles: ['testing/fixed-seed.ts'],
    env: { REEVE_PROPERTY_RUNS: '25', REEVE_SIM_RUNS: '25', REEVE_HISTORY_RUNS: '25' },
  },
});
