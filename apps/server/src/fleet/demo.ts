import { demoLaunch } from '@reeve/demo';
import type { Db } from '@reeve/prisma';
import type { Logger } from 'pino';
import type { GroupWriter } from '../ingest/group-writer.ts';

const everRegisteringMs = 20_000;

/** Starts the demo fleet on the local runner: registers its sample repository and launches its orchestrator. */
export async function startDemo(o: { db: Db; writer: GroupWriter; projectId: string; dataDir: string; url: string; log: Logger }): Promise<string> {
  const { db, writer, projectId } = o;
  const launch = await demoLaunch({ dataDir: o.dataDir, url: o.url });
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
    if (Date.now() > untilMs) throw new Error('the local runner did not register in time');
    await new Promise((go) => setTimeout(go, 100));
  }
}
