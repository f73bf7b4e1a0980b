import { configDefaults, defineConfig } from 'vitest/config';

// One run for all packages. Tests start real databases and processes: generous limits, for a busy machine.
export default defineConfig({
  test: {
    include: ['{packages,apps,prisma,demo}/**/*.test.ts'],
    exclude: [...configDefaults.exclude, '**/node_modules/**', '**/.next*/**', '**/generated/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
