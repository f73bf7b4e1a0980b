// Typechecks every package of the workspace that has a tsconfig.json, as many at a time as there are cores.
import { existsSync, mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { at, bin } from './lib/env.mjs';
import { run, StepFailed } from './lib/run.mjs';
import { packages } from './lib/workspace.mjs';

const caches = at('node_modules', '.cache', 'tsc');
mkdirSync(caches, { recursive: true });
const waiting = [...packages(), '.'].filter((path) => existsSync(at(path, 'tsconfig.json')));
let failed = 0;

async function worker() {
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    try {
      // types of routes are generated; a fresh checkout has none
      if (path === 'apps/web') await run(bin('next', path), ['typegen'], { name: 'next typegen', cwd: at(path) });
      const cache = `${caches}/${path.replaceAll('/', '-').replace('.', 'root')}.tsbuildinfo`;
      await run(bin('tsc'), ['-p', path, '--noEmit', '--incremental', '--tsBuildInfoFile', cache], {
        name: `types of ${path === '.' ? 'the root' : path}`,
      });
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      failed += 1;
    }
  }
}

await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker));
process.exitCode = failed === 0 ? 0 : 1;
