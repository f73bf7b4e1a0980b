import type { Agent } from '../../../src/agents/agent.ts';
import type { RunnerOrder } from '../../../src/api/inputs.ts';
import { isFinalAgent } from '../../../src/kernel/transitions.ts';
import type { StopMember } from '../../../src/stop/stop.ts';
import type { Model } from '../model.ts';
import type { Invariant } from './invariant.ts';

const strength = { drain: 0, graceful: 1, force: 2 } as const;

const membersOf = (m: Model, stopId: string): StopMember[] =>
  (m.membersOf.get(stopId) ?? []).flatMap((id) => m.state.stopMembers.get(id) ?? []);
/** Whether a runner holds a process of it that was not seen gone. */
const held = (a: Agent): boolean => a.process === 'running' || a.process === 'launching';
/** What an agent had claimed when it ended by itself stays until its lease is over: its completion may still be on the way. */
const ended = (m: Model, id: string): boolean => isFinalAgent(m.replay.agents.get(id)?.state ?? 'running');
/** Those that a stop of the whole project found: what registers after it was reopened is none of its business. */
function* fenced(m: Model) {
  for (const a of m.replay.agents.values()) if (m.stopRoots.has(a.id)) yield a;
}
/** Those above and below by the path of the log. */
function* below(m: Model, id: string) {
  for (const a of m.replay.agents.values()) if (a.id !== id && a.path.includes(id)) yield a;
}

export const stopInvariants: readonly Invariant[] = [
  {
    id: 'I-STOP-1',
    says: 'nothing new begins under an accepted stop',
    on: [
      'agent.registered',
      'agent.restored',
      'agent.reparented',
      'agent.waiting',
      'task.claimed',
      'lock.granted',
      'barrier.arrived',
      'budget.reserved',
      'change.proposed',
      'project.halted',
      'project.reopened',
    ],
    fact(m, e) {
      const under = (path: readonly string[]): string | undefined => {
        const root = m.fenceOver(path);
        return root && `${e.type} of ${e.subjectId} under the stop of ${root}`;
      };
      const project = m.remember('I-STOP-1', () => ({ haltedBy: undefined as string | undefined }));
      const begins = e.type === 'agent.registered' || e.type === 'agent.restored' || e.type === 'task.claimed' || e.type === 'lock.granted';
      if (project.haltedBy && begins) return `${e.type} of ${e.subjectId} in a project that ${project.haltedBy} has stopped`;
      switch (e.type) {
        case 'project.halted':
          project.haltedBy = e.data.stopId;
          return undefined;
        case 'project.reopened':
          project.haltedBy = undefined;
          return undefined;
        case 'agent.waiting':
        case 'budget.reserved':
          return under(m.replay.agents.get(e.subjectId)?.path ?? []);
        case 'agent.registered':
          return e.data.parentId ? under(m.replay.agents.get(e.data.parentId)?.path ?? []) : undefined;
        case 'agent.reparented':
          // what moves along with its parent stays under its own stop
          return e.data.from === e.data.to ? undefined : under(e.data.path.slice(0, -1));
        case 'agent.restored':
          return under(m.replay.agents.get(e.subjectId)?.path ?? []);
        case 'task.claimed':
        case 'lock.granted':
        case 'barrier.arrived':
          return under(m.replay.agents.get(e.data.agentId)?.path ?? []);
        case 'change.proposed':
          return under(e.data.agentPath);
        default:
          return undefined;
      }
    },
    check(m, commit) {
      // of a large stop the fence at its root holds for all below it until they are enlisted
      for (const s of commit.stops.filter((x) => !x.enlisting))
        for (const a of s.agentId ? below(m, s.agentId) : fenced(m))
          if (a.stopId === null && !isFinalAgent(a.state)) return `${a.id} stands under the stop of ${s.agentId} and is not fenced`;
      return undefined;
    },
  },
  {
    id: 'I-STOP-2',
    says: 'a repeated stop is the same stop, and only ever stronger',
    on: ['stop.accepted', 'project.reopened'],
    fact(m, e) {
      const stopOf = m.remember('I-STOP-2', () => new Map<string, string>());
      // what began since is another fleet, and may be stopped while the last of the one before is still ending
      if (e.type === 'project.reopened') stopOf.delete('everything');
      if (e.type !== 'stop.accepted') return undefined;
      const agentId = e.data.agentId ?? 'everything';
      const before = stopOf.get(agentId);
      stopOf.set(agentId, e.subjectId);
      if (before && m.replay.stops.get(before) === 'stopping')
        return `${agentId} is stopped by ${before} already, and now by ${e.subjectId}`;
      return undefined;
    },
    check(m, commit) {
      for (const s of commit.stops) {
        const before = m.rows.stops.get(s.id);
        if (!before) continue;
        if (strength[s.mode] < strength[before.mode]) return `${s.id} went from ${before.mode} to ${s.mode}`;
        if (s.deadlineMs > before.deadlineMs) return `the deadline of ${s.id} moved away`;
      }
      for (const x of commit.stopMembers) {
        const before = m.rows.stopMembers.get(x.id);
        if (before && x.deadlineMs > before.deadlineMs) return `the deadline of ${x.id} moved away`;
      }
      return undefined;
    },
  },
  {
    id: 'I-STOP-3',
    says: 'clean-up is asked for once and acknowledged once',
    on: ['stop.asked', 'stop.acknowledged', 'agent.ended'],
    fact(m, e) {
      const seen = m.remember('I-STOP-3', () => new Set<string>());
      const who = e.type === 'agent.ended' ? e.subjectId : e.type === 'stop.asked' ? `${e.subjectId}/${e.data.agentId}` : dataAgent(e.data);
      const key = `${e.type} ${who} ${m.replay.agents.get(e.subjectId)?.epoch ?? 0}`;
      if (seen.has(key)) return `${key} a second time`;
      seen.add(key);
      return undefined;
    },
  },
  {
    id: 'I-STOP-4',
    says: 'leaves end first: nobody is stopped over a descendant that has not ended',
    on: ['agent.ended', 'stop.done'],
    fact(m, e) {
      if (e.type === 'agent.ended') {
        const agent = m.replay.agents.get(e.subjectId);
        if (!agent?.stopId) return undefined;
        for (const a of below(m, e.subjectId))
          if (!isFinalAgent(a.state) && a.state !== 'unconfirmed') return `${e.subjectId} ended while ${a.id} below it is ${a.state}`;
      }
      return undefined;
    },
    check(m, commit) {
      for (const x of commit.stopMembers) {
        if (!x.outcome) continue;
        for (const y of membersOf(m, x.stopId))
          if (y.parentId === x.agentId && !y.outcome) return `${x.agentId} has an outcome before ${y.agentId} in ${x.stopId}`;
      }
      for (const s of commit.stops)
        if (s.state === 'done') for (const x of membersOf(m, s.id)) if (!x.outcome) return `${s.id} is done without ${x.agentId}`;
      return undefined;
    },
  },
  {
    id: 'I-STOP-5',
    says: 'whoever can be asked is asked, and whoever has proved its end has ended, whatever its siblings do',
    check(m) {
      if (!m.commands.some((c) => c.type === 'stops.tick')) return undefined;
      for (const s of m.state.stops.values()) {
        // a large stop takes turns: that it comes to its end is asked when the world is healed
        if (s.state !== 'stopping' || s.enlisting || s.members > m.stopAtOnceUpTo) continue;
        const members = membersOf(m, s.id);
        for (const x of members) {
          if (x.outcome || members.some((y) => y.parentId === x.agentId && !y.outcome)) continue;
          const agent = m.state.agents.get(x.agentId);
          if (x.askedAtMs === null) return `${x.agentId} was not asked by ${s.id} though nothing below it is open`;
          if (!agent) continue;
          const proved = agent.process === 'ended' || (agent.acknowledged && !held(agent));
          const open = [...below(m, x.agentId)].some((a) => !isFinalAgent(a.state) && a.state !== 'unconfirmed');
          if (proved && !open) return `${x.agentId} has proved its end and is still open in ${s.id}`;
        }
      }
      return undefined;
    },
  },
  {
    id: 'I-STOP-6',
    says: 'a deadline is stored and lies within that of whoever is above',
    check(m, commit) {
      for (const x of commit.stopMembers) {
        const stop = m.state.stops.get(x.stopId);
        const above = x.parentId ? m.state.stopMembers.get(`${x.stopId}/${x.parentId}`) : undefined;
        if (above && !above.outcome && x.deadlineMs > above.deadlineMs) return `${x.id} may take longer than ${above.id}`;
        if (stop && x.deadlineMs > stop.deadlineMs) return `${x.id} may take longer than its stop`;
      }
      return undefined;
    },
  },
  {
    id: 'I-STOP-7',
    says: 'every stop ends in time once somebody looks, however often the supervisor began again',
    settled(m) {
      for (const s of m.state.stops.values()) if (s.state !== 'done') return `${s.id} of ${s.agentId} never ended`;
      return undefined;
    },
  },
  {
    id: 'I-STOP-8',
    says: 'claims and launches of the subtree die with the acceptance',
    answer(m, command, result, alone) {
      if (command.type !== 'runners.poll' || !result.ok) return undefined;
      // what a later command of the same batch ended was still to be launched when the runner asked
      const justNow = new Set(alone ? [] : m.lastCommit?.events.map((e) => (e.type === 'stop.accepted' ? e.data.agentId : e.subjectId)));
      for (const o of (result.value as { orders: RunnerOrder[] }).orders) {
        if (o.kind !== 'launch' || justNow.has(o.agentId)) continue;
        const fence = m.fenceOf(o.agentId);
        if (ended(m, o.agentId) || (fence !== undefined && !justNow.has(fence)))
          return `${o.agentId} is launched though it has ended or was stopped`;
      }
      return undefined;
    },
    check(m, commit) {
      if (m.stopRoots.size === 0) return undefined;
      for (const t of commit.tasks) {
        const root = t.agentId && !ended(m, t.agentId) ? m.fenceOf(t.agentId) : undefined;
        if (root) return `${t.id} is held by ${t.agentId} under the stop of ${root}`;
      }
      if (!commit.stops.length && !commit.orderRunners.length) return undefined;
      if (commit.stops.length)
        for (const t of m.state.tasks.values())
          if (t.agentId && !ended(m, t.agentId) && m.fenceOf(t.agentId))
            return `${t.id} is still held by ${t.agentId} under the stop of ${m.fenceOf(t.agentId)}`;
      for (const o of m.state.orders.values()) {
        if (o.kind !== 'launch' || !o.agentId || ended(m, o.agentId) || !m.fenceOf(o.agentId)) continue;
        if (m.state.agents.get(o.agentId)?.process === 'launching') return `${o.agentId} is still to be launched under a stop`;
      }
      return undefined;
    },
  },
  {
    id: 'I-STOP-9',
    says: 'every end under a stop has its outcome and its proof',
    on: ['stop.member-ended'],
    fact(m, e) {
      if (e.type !== 'stop.member-ended') return undefined;
      const seen = m.remember('I-STOP-9', () => new Map<string, string>());
      const key = `${e.subjectId}/${e.data.agentId}`;
      const before = seen.get(key);
      seen.set(key, e.data.outcome);
      return before && before !== 'unconfirmed' ? `${key} was ${before} and is now ${e.data.outcome}` : undefined;
    },
    check(m, commit) {
      for (const x of commit.stopMembers) if (x.outcome && !x.evidence) return `${x.id} is ${x.outcome} without evidence`;
      for (const a of commit.agents) {
        if ((a.state !== 'stopped' && a.state !== 'killed') || m.rows.agents.get(a.id)?.state === a.state) continue;
        if (a.stopId && held(a)) return `${a.id} is ${a.state} while its process is ${a.process}`;
        if (a.processEvidence && a.processEvidence.survivors > 0)
          return `${a.id} is ${a.state} with ${a.processEvidence.survivors} survivors`;
        if (a.stopId && !a.acknowledged && !a.processEvidence)
          return `${a.id} is ${a.state} without an acknowledgement or a process seen gone`;
      }
      return undefined;
    },
  },
  {
    id: 'I-STOP-10',
    says: 'what a stopped agent still has to tell is taken',
    answer(_, command, result) {
      if (result.ok || (command.type !== 'agents.events' && command.type !== 'costs.report' && command.type !== 'agents.log'))
        return undefined;
      return result.error.code === 'fenced' || result.error.code === 'illegal_transition'
        ? `${command.type} was refused with ${result.error.code}`
        : undefined;
    },
  },
];
const dataAgent = (data: unknown): string => (data as { agentId: string }).agentId;
