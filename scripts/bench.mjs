// `pnpm bench [name…]`: runs bench/<name>.bench.ts, all of them without a name, one after another on a quiet machine.
import { readdirSync } from 'node:fs';
import { build, generate, install } from './bootstrap.mjs';
import { at } from './lib/env.mjs';
import { exclusively } from './lib/exclusively.mjs';
import { run, StepFailed } from './lib/run.mjs';

const wanted = process.argv.slice(2);
// not recursive: Node follows the links of node_modules round and round until its memory is gone
const files = readdirSync(at('bench'))
  .filter((file) => file.endsWith('.bench.ts'))
  .filter((file) => wanted.length === 0 || wanted.some((name) => file.includes(name)))
  .sort();

try {
  await exclusively(async () => {
    await install();
    await generate();
    await build();
  });
  if (files.length === 0) console.log(`No benchmark is called ${wanted.join(' or ')}: see bench/*.bench.ts.`);
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
  process.exit(error.exitCode);
}

for (const file of files) {
  try {
    await run(process.execPath, ['--import', 'tsx', file], { name: file, cwd: at('bench'), extraEnv: { NODE_ENV: 'production' } });
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    process.exitCode = 1;
  }
}
