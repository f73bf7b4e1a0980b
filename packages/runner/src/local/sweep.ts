import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@reeve/agent';
import { findBaseCgroup, isPopulated, killCgroup, removeCgroup } from '../containment/cgroup.ts';
import { eventually } from '../processes/poll.ts';
import { environmentOf, listProcesses, type ProcessStat, signalProcess } from '../processes/proc.ts';
import { runnerMarker } from '../runner/agent-environment.ts';
import { dropHoldings, type Holdings, listHoldings } from '../runner/holdings.ts';

/** Whether a process was started under a run of a runner whose name `matches`. */
const startedUnder = (p: ProcessStat, matches: (instance: string) => boolean): boolean =>
  environmentOf(p.pid, runnerMarker)?.split('/').some(matches) ?? false;

/** The cgroups of runs whose name `matches`, in the place where we would make ours. */
function foldersOf(matches: (instance: string) => boolean): string[] {
  try {
    const base = findBaseCgroup();
    if (!base) return [];
    const names = readdirSync(base).filter((n) => n.startsWith('reeve-') && matches(n.slice('reeve-'.length)));
    return names.map((n) => join(base, n));
  } catch {
    return [];
  }
}

export type Swept = { survivors: number; left: boolean };

/**
 * Ends every process that runs of a dead runner left: by their cgroups, and by the marker in the environment for what
 * was held otherwise. `left` says whether there was anything. Linux only; elsewhere nothing can be found.
 */
export async function sweepProcesses(matches: (instance: string) => boolean, folders: string[] = []): Promise<Swept> {
  if (process.platform !== 'linux') return { survivors: 0, left: false };
  let left = false;
  for (const folder of new Set([...folders, ...foldersOf(matches)])) {
    left ||= isPopulated(folder);
    await killCgroup(folder, 5_000);
    removeCgroup(folder);
  }
  const marked = () => listProcesses().filter((p) => p.pid !== process.pid && startedUnder(p, matches));
  await eventually(() => {
    const found = marked();
    left ||= found.length > 0;
    for (const p of found) signalProcess(p, 'SIGKILL');
    return found.length === 0;
  }, 5_000);
  return { survivors: marked().length, left };
}

/**
 * Ends and reports what the runs recorded in `runDir` left, those of `isOurs` alone. Reporting is tried for
 * `reportForMs`; with `speakAs` in the name of the runner that took the dead one's place, else with its own token.
 */
export async function cleanUpAfter(
  runDir: string,
  isOurs: (instance: string) => boolean,
  o: { reportForMs: number; speakAs?: (h: Holdings) => { runnerId: string; connection: Connection } | undefined },
): Promise<Swept> {
  const dead = listHoldings(runDir).filter((h) => isOurs(h.instance));
  const swept = await sweepProcesses(
    isOurs,
    dead.flatMap((h) => h.folder ?? []),
  );
  for (const h of dead) {
    await report(h, swept, o).catch(() => {});
    dropHoldings(runDir, h.instance);
  }
  return swept;
}

async function report(h: Holdings, swept: Swept, o: Parameters<typeof cleanUpAfter>[2]): Promise<void> {
  if (!h.agents.length) return;
  const detail = 'its runner died; what it held was ended and seen gone';
  const evidence = { containment: h.containment, exitCode: null, signal: 'SIGKILL', survivors: swept.survivors, killed: true, detail };
  const reports = h.agents.map(({ agentId, epoch }) => ({ kind: 'exited' as const, agentId, epoch, evidence }));
  const own = { runnerId: h.runnerId, connection: new Connection({ url: h.url, token: h.token, retryForMs: o.reportForMs }) };
  const { runnerId, connection } = o.speakAs?.(h) ?? own;
  await connection.call((trpc, sent) => trpc.runners.report.mutate({ id: runnerId, reports }, sent), { retryForMs: o.reportForMs });
}
