// What `npm start` and `npm test` share. Node built-ins only: this runs before anything is installed.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { at, bin } from './lib/env.mjs';
import { pnpm } from './lib/pnpm.mjs';
import { run } from './lib/run.mjs';
import { once } from './lib/stamps.mjs';
import { packages } from './lib/workspace.mjs';

/** Installs dependencies exactly as the lockfile has them, with the pnpm that package.json names; the tools for mutants wait for `pnpm stryker`. */
export async function install() {
  const manifests = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', ...packages().map((path) => `${path}/package.json`)];
  await once('install', { inputs: manifests, output: 'node_modules/.modules.yaml' }, () =>
    run(...pnpm('install', '--frozen-lockfile', '--prefer-offline', '--config.confirmModulesPurge=false', '--filter=!@reeve/mutation'), {
      name: 'install',
    }),
  );
}

/** Generates the Prisma client from the schema. */
export async function generate() {
  await once(
    'generate',
    {
      inputs: ['prisma/schema.prisma', 'prisma.config.ts', 'prisma/package.json', 'package.json'],
      output: 'prisma/generated/client/client.ts',
    },
    () => run(bin('prisma'), ['generate'], { name: 'generate' }),
  );
}

/** Builds the dashboard. Of the server it takes types alone, so the server's sources are no input. */
export async function build() {
  await once(
    'build',
    {
      inputs: ['apps/web', 'packages/core/src', 'package.json', 'pnpm-lock.yaml'],
      unless: /\.test\.tsx?$/,
      output: 'apps/web/.next/BUILD_ID',
    },
    async () => {
      await run(bin('next', 'apps/web'), ['build'], { name: 'build', cwd: at('apps/web') });
      compressFiles(at('apps/web/.next/static'));
    },
  );
}

/** Once here, not at every request: the server has better things to do while a page loads. */
function compressFiles(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if (entry.isFile() && /\.(js|css|svg)$/.test(path)) writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
  }
}
