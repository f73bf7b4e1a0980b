import { decideProcessEnded } from '../../agents/agent.ts';
import type { RunnerOrder, RunnerReport } from '../../api/inputs.ts';
import { ok, type Result } from '../../kernel/result.ts';
import { isFinalAgent } from '../../kernel/transitions.ts';
import type { Actor, CommandOf, CommandOutput } from '../commands.ts';
import type { Runner } from '../ports.ts';
import { absent, actorName, agentFor, applyToAgent, each, unfenced, type Work } from '../work.ts';
import { reportChange } from './changes.ts';
import { leaveAll } from './coordination.ts';
import { endsOf } from './ends.ts';
import { restartIfWanted } from './restarts.ts';
import { settleStopsOf } from './stops.ts';

const runnerLeaseMs = 30_000;

export const registerRunners = each(
  async (work, { input, actor }: CommandOf<'runners.register'>): Promise<Result<CommandOutput<'runners.register'>>> => {
    const { tx, ports } = work;
    // what an agent starts reaches no further than the agent, nor what its runner starts
    const scope = actor.kind === 'agent' ? actor.path : actor.kind === 'runner' ? actor.scope : null;
    const known = input.runnerId ? await tx.runners.get(input.runnerId) : await sameProcess(work, input, scope);
    const same = known && (actor.kind === 'runner' ? actor.id === known.id : String(known.scope) === String(scope));
    if (known && !same) return absent('runner', known.id);
    // one that is there already still has ends to report; a new one would start what the stop forbids
    if (!known && actor.kind === 'agent') {
      const self = await agentFor(work, actor, actor.id);
      const free = self.ok ? await unfenced(work, self.value) : self;
      if (!free.ok) return free;
    }
    const { runnerId: _, ...described } = input;
    const runner: Runner = {
      ...described,
      id: known?.id ?? ports.ids.next('runner'),
      projectId: tx.projectId,
      scope: known?.scope ?? scope,
      leaseExpiresAtMs: tx.nowMs + runnerLeaseMs,
      createdAtMs: known?.createdAtMs ?? tx.nowMs,
    };
    tx.runners.put(runner);
    const { token, hash } = ports.secrets.issue();
    await tx.tokens.revokeOf([runner.id]);
    tx.tokens.put({ hash, projectId: tx.projectId, kind: 'runner', subjectId: runner.id, epoch: 1, createdAtMs: tx.nowMs });
    const { name, host, containment } = input;
    tx.append({ type: 'runner.registered', subjectId: runner.id, data: { name, host, containment } }, actorName(actor));
    return ok({ runnerId: runner.id, token, leaseMs: runnerLeaseMs });
  },
);

/** The runner that this very process registered before: the answer to that was lost, or it comes back without its id. */
async function sameProcess({ tx }: Work, p: CommandOf<'runners.register'>['input'], scope: string[] | null): Promise<Runner | undefined> {
  const all = await tx.runners.all();
  return all.find(
    (r) => r.name === p.name && r.host === p.host && r.pid === p.pid && r.startTime === p.startTime && String(r.scope) === String(scope),
  );
}

const own = async ({ tx }: Work, actor: Actor, id: string): Promise<Runner | undefined> =>
  actor.kind === 'runner' && actor.id === id ? tx.runners.get(id) : undefined;

export const pollRunners = each(
  async (work, { input, actor }: CommandOf<'runners.poll'>): Promise<Result<CommandOutput<'runners.poll'>>> => {
    const { tx, ports } = work;
    const runner = await own(work, actor, input.id);
    if (!runner) return absent('runner', input.id);
    // the lease is renewed in steps, so that a poll does not write each time
    if (runner.leaseExpiresAtMs - tx.nowMs < (runnerLeaseMs * 3) / 4)
      tx.runners.put({ ...runner, leaseExpiresAtMs: tx.nowMs + runnerLeaseMs });
    if (input.done.length) await tx.orders.done(runner.id, input.done);
    const orders: RunnerOrder[] = [];
    for (const { payload } of await tx.orders.ofRunner(runner.id)) {
      if (payload.kind !== 'launch') {
        orders.push(payload);
        continue;
      }
      if (!(await awaitsLaunch(work, payload.agentId))) {
        await tx.orders.done(runner.id, [payload.orderId]);
        continue;
      }
      // beside the one of an earlier poll: a late poll may come when the agent has its token and has not yet been heard of
      const { token, hash } = ports.secrets.issue();
      tx.tokens.put({
        hash,
        projectId: tx.projectId,
        kind: 'agent',
        subjectId: payload.agentId,
        epoch: payload.epoch,
        createdAtMs: tx.nowMs,
      });
      orders.push({ ...payload, token });
    }
    return ok({ orders, leaseMs: runnerLeaseMs });
  },
);

/**
 * Whether a launch still makes sense: not of an agent that has started, and not of one that has ended or was stopped
 * meanwhile.
 */
async function awaitsLaunch({ tx }: Work, agentId: string): Promise<boolean> {
  const agent = await tx.agents.get(agentId);
  if (agent?.process !== 'launching' || agent.stopId || isFinalAgent(agent.state)) return false;
  return ((await tx.leases.get(agentId))?.lastHeartbeatMs ?? null) === null;
}

export const reportRunners = each(
  async (work, { input, actor }: CommandOf<'runners.report'>): Promise<Result<CommandOutput<'runners.report'>>> => {
    const runner = await own(work, actor, input.id);
    if (!runner) return absent('runner', input.id);
    let accepted = 0;
    for (const report of input.reports) {
      if (await take(work, runner, report, actor)) accepted += 1;
    }
    return ok({ accepted });
  },
);

/** One report; a stale or repeated one changes nothing and is not an error: reports come at least once. */
async function take(work: Work, runner: Runner, report: RunnerReport, actor: Actor): Promise<boolean> {
  switch (report.kind) {
    case 'started':
    case 'exited':
    case 'launch-failed':
    case 'asked': {
      const agent = await work.tx.agents.get(report.agentId);
      if (agent?.runnerId !== runner.id || agent.epoch !== report.epoch) return false;
      if (report.kind === 'asked') return true;
      if (report.kind === 'started') {
        if (agent.process === 'ended' || agent.process === 'running' || isFinalAgent(agent.state)) return false;
        const data = { runnerId: runner.id, pid: report.pid, pidStartTime: report.startTime, containment: report.containment };
        applyToAgent(work, agent, [{ type: 'agent.attached', subjectId: agent.id, data }], actor);
        return true;
      }
      const evidence =
        report.kind === 'exited'
          ? report.evidence
          : {
              containment: 'none' as const,
              exitCode: null,
              signal: null,
              survivors: 0,
              killed: false,
              detail: report.error.slice(0, 2000),
            };
      const events = decideProcessEnded(agent, evidence);
      if (report.kind === 'launch-failed')
        for (const e of events)
          if (e.type === 'agent.ended') Object.assign(e.data, { detail: 'could not be started', error: report.error });
      const next = applyToAgent(work, agent, events, actor);
      if (isFinalAgent(next.state) && !isFinalAgent(agent.state)) {
        await (await endsOf(work, [next.id])).settle(next.id);
        await leaveAll(work, [next.id], 'ended');
      }
      if (events.length) await settleStopsOf(work, next);
      if (events.length) await restartIfWanted(work, (await work.tx.agents.get(next.id)) ?? next);
      return events.length > 0;
    }
    default:
      return reportChange(work, runner, report, actor);
  }
}
