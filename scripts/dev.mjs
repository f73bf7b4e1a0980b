// `pnpm dev`: the server starts again when one of its files changes; Next compiles pages as they are asked for.
import { generate, install } from './bootstrap.mjs';
import { at } from './lib/env.mjs';
import { exclusively } from './lib/exclusively.mjs';
import { foreground } from './lib/foreground.mjs';
import { StepFailed } from './lib/run.mjs';

try {
  await exclusively(async () => {
    await install();
    await generate();
  });
  process.exitCode = await foreground(['--watch', '--watch-preserve-output', '--import', 'tsx', 'src/main.ts'], {
    cwd: at('apps/server'),
    extraEnv: { NODE_ENV: 'development' },
  });
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
  process.exitCode = error.exitCode;
}
