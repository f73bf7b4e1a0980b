// `npm start`: installs what is missing, builds what has changed, runs the server until Ctrl-C.
import { build, generate, install } from './bootstrap.mjs';
import { at } from './lib/env.mjs';
import { exclusively } from './lib/exclusively.mjs';
import { foreground } from './lib/foreground.mjs';
import { StepFailed } from './lib/run.mjs';

try {
  await exclusively(async () => {
    await install();
    await generate();
    await build();
  });
  process.exitCode = await foreground(['--import', 'tsx', 'src/main.ts'], {
    cwd: at('apps/server'),
    extraEnv: { NODE_ENV: 'production' },
    lifeline: true,
  });
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
  process.exitCode = error.exitCode;
}
