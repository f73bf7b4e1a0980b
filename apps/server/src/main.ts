import { join } from 'node:path';
import { pino } from 'pino';
import { startServer } from './compose.ts';
import { ConfigError, checkoutDir, readConfig } from './config.ts';
import type { Pages } from './http/app.ts';
import { staticFiles } from './http/static-files.ts';

// A terminal that was closed, the `tee` behind a pipe: nobody reads any more, which is no reason to end the fleet half-way, nor, as
// Next would have it, to report it to nobody again and again.
for (const out of [process.stdout, process.stderr]) out.on('error', () => undefined);
const startedMs = performance.now();
const say = (line: string) => process.stdout.write(`${line}\n`);

type NextFactory = (options: { dev: boolean; dir: string; hostname: string; port: number }) => {
  prepare(): Promise<void>;
  getRequestHandler(): Pages['request'];
  getUpgradeHandler(): NonNullable<Pages['upgrade']>;
};
/** Next in this process, on our port: it never listens by itself. */
async function openNext(dev: boolean, port: number): Promise<Pages> {
  // not by its literal name: Next's types would change `ProcessEnv` for everything that the server reaches
  const name: string = 'next';
  const { default: next } = (await import(name)) as { default: NextFactory & { default?: NextFactory } };
  const dir = join(checkoutDir, 'apps/web');
  const app = (next.default ?? next)({ dev, dir, hostname: '127.0.0.1', port });
  await app.prepare();
  const pages = app.getRequestHandler();
  // `next dev` makes its files as they are asked for
  const request = dev ? pages : staticFiles(join(dir, process.env.NEXT_DIST || '.next', 'static'), pages);
  return { request, upgrade: app.getUpgradeHandler() };
}

try {
  const config = readConfig(process.env);
  const log = pino({ level: config.logLevel, base: { service: 'reeve' } }, pino.destination({ dest: 2, sync: true }));
  const running = await startServer(config, log, () => (config.web ? openNext(config.dev, config.port) : undefined));
  say(`Reeve is ready: ${running.signInUrl} (${((performance.now() - startedMs) / 1000).toFixed(1)} s)`);
  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) return;
    stopping = true;
    say(`Stopping (${signal}): agents first, then the server, then the database…`);
    running.stop().then(
      () => {
        say('Stopped.');
        process.exit(0);
      },
      (e: unknown) => {
        log.error({ err: e }, 'the shutdown failed');
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(signal));
} catch (e) {
  const known =
    e instanceof ConfigError || (e as { code?: unknown }).code !== undefined || (e instanceof Error && /^Port /.test(e.message));
  process.stderr.write(known ? `Reeve cannot start: ${(e as Error).message}\n` : `Reeve cannot start.\n${(e as Error).stack ?? e}\n`);
  process.exit(1);
}
