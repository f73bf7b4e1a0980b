import type { Db } from '@reeve/prisma';
import type { Logger } from 'pino';
import type { GroupWriter } from '../ingest/group-writer.ts';
import type { Demo } from '../trpc/context.ts';
import { DomainFailure } from '../trpc/failure.ts';

const everRegisteringMs = 20_000;

type Parts = { db: Db; writer: GroupWriter; projectId: string; dataDir: string; url: () => string; log: Logger };

/** The demo fleet on the local runner: at the first run, and again when an operator asks. One at a time. */
export class DemoFleet implements Demo {
  private starting: Promise<{ agentId: string }> | undefined;
  constructor(private readonly parts: Parts) {}

  start(): Promise<{ agentId: string }> {
    this.starting ??= startDemo(this.parts)
      .then((agentId) => ({ agentId }))
      .finally(() => {
        this.starting = undefined;
      });
    return this.starting;
  }
}

/** Registers the sample repository and launches the orchestrator, unless one is live already. */
async function startDemo(o: Parts): Promise<string> {
  const { db, writer, projectId } = o;
  const [live] = await db.$queryRaw<{ id: string }[]>`
    select id from agent where project_id = ${projectId} and parent_id is null and metadata @> '{"demo": true}'::jsonb
      and state in ('starting', 'running', 'paused', 'lost', 'stopping') limit 1`;
  if (live) return live.id;
  const { demoLaunch } = await import('@reeve/demo');
  const launch = await demoLaunch({ dataDir: o.dataDir, url: o.url() });
  const runnerId = await waitForRunner(db, projectId);
  const { repositoryId } = await writer.system(projectId, 'demo', 'repositories.register', launch.repository);
  const { agentId } = await writer.system(projectId, 'demo', 'agents.launch', {
    runnerId,
    name: launch.name,
    role: launch.role,
    model: launch.model,
    kind: 'demo',
    command: launch.command,
    args: launch.args,
    cwd: launch.cwd,
    env: { ...launch.env, DEMO_REPOSITORY_ID: repositoryId },
    metadata: launch.metadata,
  });
  o.log.info({ agentId, offline: launch.metadata.offline }, 'the demo fleet starts');
  return agentId;
}

async function waitForRunner(db: Db, projectId: string): Promise<string> {
  const untilMs = Date.now() + everRegisteringMs;
  for (;;) {
    const runner = await db.runner.findFirst({
      where: { projectId, name: 'local', scoped: false, leaseExpiresAt: { gt: new Date() } },
      orderBy: { leaseExpiresAt: 'desc' },
    });
    if (runner) return runner.id;
    if (Date.now() > untilMs) throw new DomainFailure({ code: 'unavailable', what: 'The local runner' });
    await new Promise((go) => setTimeout(go, 100));
  }
}
