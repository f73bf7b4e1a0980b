import { randomUUID } from 'node:crypto';
import type { ContainmentLevel } from '@reeve/core/vocabulary';
import { eventually } from '../processes/poll.ts';
import { isAlive } from '../processes/proc.ts';
import { CgroupHost } from './cgroup.ts';
import type { ContainmentHost } from './containment.ts';
import { PidNamespaceHost } from './pid-namespace.ts';
import { containmentMarker, ProcessGroupHost } from './process-group.ts';

export type ContainmentChoice = 'auto' | Exclude<ContainmentLevel, 'none'>;
/** Strongest first. */
export const containmentOrder = ['cgroup', 'pid-namespace', 'process-group'] as const;

function make(level: (typeof containmentOrder)[number], instance: string): ContainmentHost {
  switch (level) {
    case 'cgroup':
      return new CgroupHost(instance);
    case 'pid-namespace':
      return new PidNamespaceHost();
    case 'process-group':
      return new ProcessGroupHost();
  }
}

/**
 * Proves a level by using it: a command that leaves its session is started and killed, and must be gone. What the
 * system claims to have (a mounted cgroup2, an `unshare`) is no proof: in containers both are often there and refuse.
 */
async function prove(host: ContainmentHost): Promise<string | undefined> {
  const agentId = `probe-${randomUUID()}`;
  const env = { PATH: process.env.PATH, [containmentMarker]: agentId };
  const c = await host.spawn({ agentId, command: 'sleep', args: ['60'], cwd: '/', env, stdin: 'ignore' });
  const early = await Promise.race([c.exited, waitForMember(c.members.bind(c))]);
  await c.kill();
  const survivors = await c.verifyGone(2_000);
  c.dispose();
  if (early) return `the probe ended by itself (${early.exitCode ?? early.signal})`;
  return survivors.length || isAlive(c.main) ? 'the probe could not be ended' : undefined;
}
async function waitForMember(members: () => unknown[]): Promise<undefined> {
  await eventually(() => members().length > 0, 2_000);
  return undefined;
}

/**
 * The strongest level that is proven to work here, or exactly the one asked for. `instance` names the runner and goes
 * into the names of its cgroups. Rejects when the level asked for does not work, saying why.
 */
export async function openContainment(choice: ContainmentChoice, instance: string): Promise<ContainmentHost> {
  if (process.platform !== 'linux') {
    if (choice === 'auto' || choice === 'process-group') return new ProcessGroupHost();
    throw new Error(`Containment by ${choice} needs Linux; on ${process.platform} only process-group is there.`);
  }
  const reasons: string[] = [];
  for (const level of choice === 'auto' ? containmentOrder : [choice]) {
    try {
      const host = make(level, instance);
      const problem = await prove(host);
      if (!problem) return host;
      host.close();
      reasons.push(`${level}: ${problem}`);
    } catch (e) {
      reasons.push(`${level}: ${e instanceof Error ? e.message : e}`);
    }
  }
  throw new Error(`No containment works here (${reasons.join('; ')}).`);
}
