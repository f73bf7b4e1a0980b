import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Files run one after another: each starts suites of its own, which take both cores.
  test: { name: 'demo', include: ['test/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 60_000, fileParallelism: false },
});
