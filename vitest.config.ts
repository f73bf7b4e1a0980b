import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));
const packages = ['apps', 'packages'].flatMap((folder) => readdirSync(`${root}${folder}`).map((name) => `${folder}/${name}`));
/** Packages with needs of their own (an alias, one file at a time) say so in a config of their own. */
const withOwnConfig = [...packages, 'prisma', 'demo'].filter((path) => existsSync(`${root}${path}/vitest.config.ts`));

// One run for all packages. Tests start real databases and processes: generous limits, for a busy machine.
export default defineConfig({
  test: {
    maxWorkers: Math.max(2, availableParallelism() - 1), // two on two cores: most tests wait for a process or a disk
    projects: [
      {
        test: {
          name: 'node',
          include: ['{packages,apps,prisma,demo,scripts}/**/*.test.ts'],
          exclude: [...configDefaults.exclude, '**/.next*/**', '**/generated/**', ...withOwnConfig.map((path) => `${path}/**`)],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      ...withOwnConfig.map((path) => `${path}/vitest.config.ts`),
    ],
  },
});
