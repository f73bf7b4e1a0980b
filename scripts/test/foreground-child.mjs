// A stand-in for the server: says each signal it gets, and ends a moment after a file says so.
import { existsSync } from 'node:fs';

const [, self, role, mayEnd] = process.argv;
if (role === 'script') {
  const { foreground } = await import('../lib/foreground.mjs');
  process.exitCode = await foreground([self, 'server', mayEnd], { cwd: '/', extraEnv: {}, lifeline: true });
} else {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => console.log(`got ${signal}`));
  setInterval(() => existsSync(mayEnd) && process.exit(7), 10);
  console.log(`up ${process.pid}`);
}
