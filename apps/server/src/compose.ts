import { readFile, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Commit, createSupervisor } from '@reeve/core';
import { createDb } from '@reeve/prisma';
import type { Logger } from 'pino';
import { Webhooks } from './alerts/webhooks.ts';
import { makeBetterAuth } from './auth/better.ts';
import { CallLimits } from './auth/call-limits.ts';
import { Joining } from './auth/joining.ts';
import { ensureOwner, hasOwnerAccount } from './auth/owner.ts';
import { People } from './auth/people.ts';
import { Principals } from './auth/principals.ts';
import { allowProjectToken, defaultProjectId, ensureProject, writeCliCredentials } from './auth/project-token.ts';
import { Proofs } from './auth/proofs.ts';
import { randomSecrets, uuidIds } from './auth/secrets.ts';
import { SignIn } from './auth/sign-in.ts';
import { openVault } from './auth/vault.ts';
import { type Config, ConfigError, checkoutDir, isLoopback } from './config.ts';
import { openDataDir } from './database/data-dir.ts';
import { migrate } from './database/migrate.ts';
import { openDatabase } from './database/open-database.ts';
import { DemoFleet } from './fleet/demo.ts';
import { stopLocalFleet } from './fleet/shutdown.ts';
import { createApp, type Pages } from './http/app.ts';
import { Door } from './http/door.ts';
import { Metrics } from './http/metrics.ts';
import { isOurHost } from './http/shields.ts';
import { GroupWriter } from './ingest/group-writer.ts';
import { listPrices } from './ingest/prices.ts';
import { LiveHub } from './live/live-hub.ts';
import { CommitWakeups } from './live/wakeups.ts';
import { Loops } from './loops/loops.ts';
import { PgStore } from './store/pg-store.ts';
import { createReads } from './store/reads/index.ts';
import { readSeq } from './store/reads/project.ts';
import { TextReader } from './store/text-reader.ts';

export type Running = { url: string; signInUrl: string; stop(): Promise<void> };
type Closer = () => Promise<unknown> | unknown;

/**
 * Puts the server together: the one place that chooses adapters. Resolves when it answers; `stop` ends everything it
 * started, agents of its own runner first. What was opened is closed again when a later step fails.
 */
export async function startServer(config: Config, log: Logger, openPages: () => Promise<Pages> | undefined): Promise<Running> {
  const closers: Closer[] = [];
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse())
      await Promise.resolve(close()).catch((e: unknown) => log.warn({ err: e }, 'something did not close cleanly'));
  };
  try {
    return await start(config, log, openPages, closers, closeAll);
  } catch (e) {
    await closeAll();
    throw e;
  }
}

async function start(
  config: Config,
  log: Logger,
  openPages: () => Promise<Pages> | undefined,
  closers: Closer[],
  closeAll: () => Promise<void>,
): Promise<Running> {
  const dataDir = await openDataDir(config.dataDir);
  closers.push(() => dataDir.release());
  const pages = openPages(); // Next takes a second: the database starts meanwhile
  pages?.catch(() => undefined); // awaited below
  const database = await openDatabase({ dataDir, databaseUrl: config.databaseUrl, log });
  closers.push(() => database.stop());
  const applied = await migrate(database.url, join(checkoutDir, 'prisma/migrations'));
  if (applied.length) log.info({ applied }, 'migrations applied');

  const db = createDb(database.url);
  closers.push(() => db.$disconnect());
  await ensureProject(db);
  const projectId = defaultProjectId;
  const vault = await openVault(dataDir.dir, config.secretKey);
  const ownerId = await ensureOwner(db, projectId, config.initOwner);
  const anyAddress = !isLoopback(config.host);
  if (anyAddress && !(await hasOwnerAccount(db, projectId)))
    throw new ConfigError(
      `REEVE_HOST=${config.host} is refused: without an owner account Reeve listens on loopback only. Set REEVE_INIT_OWNER_EMAIL and REEVE_INIT_OWNER_PASSWORD, or use an SSH tunnel to reach it.`,
    );
  if (anyAddress && !config.publicUrl?.startsWith('https:'))
    log.warn(
      { host: config.host },
      'what people send here can be read on the way: let a proxy end TLS, and give its address in REEVE_PUBLIC_URL',
    );
  if (config.initProjectToken) await allowProjectToken(db, config.initProjectToken, 'init');

  const store = new PgStore(database.url, { sealer: vault });
  closers.push(() => store.close());
  // what a server that was killed had not folded
  await store.costs.fold(projectId);
  const text = new TextReader(database.url);
  closers.push(() => text.close());
  const wakeups = new CommitWakeups();
  const metrics = new Metrics();
  const principals = new Principals(db, projectId, config.provenMs);
  let hub: LiveHub | undefined;
  let loops: Loops | undefined;
  const supervisor = createSupervisor({ store, ids: uuidIds, secrets: randomSecrets, agentLeaseMs: config.agentLeaseMs });
  const committed = (commit: Commit) => {
    principals.forget(commit.revokedTokensOf);
    // a place in the tree is part of who they are
    principals.forget(commit.events.flatMap((e) => (e.type === 'agent.reparented' ? e.subjectId : [])));
    metrics.committed(commit);
    wakeups.committed(commit);
    hub?.committed(commit);
    loops?.committed(commit);
  };
  const writer = new GroupWriter(supervisor, committed, (e) => log.error({ err: e }, 'a commit could not be told'));
  closers.push(() => writer.settled());

  const { publicUrl } = config;
  const allowedHosts = [...(config.allowedHosts ?? []), ...(publicUrl ? [new URL(publicUrl).host] : [])];
  let url = '';
  const sessionEnded = (hash: string) => {
    principals.forgetOne(hash);
    hub?.recheck();
  };
  const accounts = { db, projectId, origin: () => publicUrl ?? url, onEnded: sessionEnded };
  const links = new SignIn(accounts);
  const joining = new Joining(db, projectId);
  const people = new People(db, accounts.origin, (ids) => {
    principals.forget(ids);
    hub?.recheck();
  });
  let door: Door | undefined;
  const demo = new DemoFleet({ db, writer, projectId, dataDir: dataDir.dir, url: () => url, log });
  const webhooks = new Webhooks(db, vault);
  await webhooks.reseal();
  const http = createApp({
    services: {
      webhooks,
      commands: writer,
      reads: createReads(db, text, () => store.costs.settle()),
      wakeups,
      prices: listPrices,
      sessions: links,
      people,
      demo,
    },
    principals,
    limits: new CallLimits(config.agentCallsPerSecond),
    door: () => door as Door,
    metrics,
    log,
    version: (JSON.parse(await readFile(join(checkoutDir, 'package.json'), 'utf8')) as { version: string }).version,
    origin: () => url,
    allowedHosts,
    anyAddress,
    dev: config.dev,
    ready: async () => void (await db.$queryRaw`select 1`),
    pages: await pages,
  });
  hub = new LiveHub(
    http,
    db,
    projectId,
    principals,
    await readSeq(db, projectId),
    (e) => log.warn({ err: e }, 'a live frame failed'),
    (host) => isOurHost(host, allowedHosts, anyAddress),
    () => store.costs.settle(),
  );
  closers.push(() => {
    wakeups.wakeAll();
    http.closeAllConnections();
    return hub?.close();
  });
  url = await listen(http, config);
  const better = makeBetterAuth({
    db,
    vault,
    log,
    url: accounts.origin(),
    trustedOrigins: [url, ...allowedHosts.flatMap((h) => [`http://${h}`, `https://${h}`])],
    oidc: config.oidc,
    onSessionEnded: sessionEnded,
    isInvited: (email) => joining.isInvited(email),
    onJoined: (id, email) => joining.joined(id, email),
    isMember: (id) => joining.isMember(id),
  });
  door = new Door({ ...accounts, better, links, joining, proofs: new Proofs(accounts, () => better), oidcName: config.oidc?.name ?? null });
  await dataDir.setUrl(url);
  await writeFile(join(dataDir.dir, 'server.json'), `${JSON.stringify({ url, pid: process.pid })}\n`, { mode: 0o600 });
  const token = await writeCliCredentials(db, dataDir.dir, url);

  loops = new Loops(db, projectId, writer, log, config.agentLeaseMs, text, store.costs, webhooks);
  loops.start();
  closers.push(() => loops?.stop());
  if (config.runner) {
    const { startLocalRunner } = await import('@reeve/runner');
    const runner = await startLocalRunner({ dataDir: dataDir.dir, url, token, log });
    closers.push(() => runner.stop());
    closers.push(() => stopLocalFleet(db, writer, projectId));
    const firstRun = (await db.agent.findFirst({ where: { projectId }, select: { id: true } })) === null;
    if (config.demo && firstRun) void demo.start().catch((e: unknown) => log.error({ err: e }, 'the demo fleet did not start'));
  }
  // whoever gave the owner a password signs in with that
  const signInUrl = config.initOwner ? `${accounts.origin()}/sign-in` : (await links.makeLink(ownerId)).url;
  return { url, signInUrl, stop: closeAll };
}

function listen(http: Server, { host, port }: Config): Promise<string> {
  return new Promise((resolve, reject) => {
    http.once('error', (e: NodeJS.ErrnoException) =>
      reject(
        e.code === 'EADDRINUSE'
          ? new Error(`Port ${port} of ${host} is in use by another program: end it, or choose another with REEVE_PORT.`)
          : e,
      ),
    );
    http.listen(port, host, () => {
      const at = http.address() as AddressInfo;
      resolve(`http://${at.family === 'IPv6' ? `[${at.address}]` : at.address}:${at.port}`);
    });
  });
}
