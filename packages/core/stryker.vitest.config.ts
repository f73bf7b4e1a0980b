import { defineConfig } from 'vitest/config';

/**
 * What StrykerJS runs for each mutant: the specs of the core, the same at every run. The simulated world and the histories are
 * left out, since they would be most of the time: the score is what the specs alone reach.
 */
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    testTimeout: 60_000, // they share the machine
    isolate: false, // the tests of the core share nothing that they change, and loading is most of their time
    setupFiles: ['testing/fixed-seed.ts'],
    env: { REEVE_PROPERTY_RUNS: '25' },
  },
});
