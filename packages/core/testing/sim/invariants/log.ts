import { agentTransitions, canMove, changeTransitions, taskTransitions } from '../../../src/kernel/transitions.ts';
import type { Invariant } from './invariant.ts';

/** Of the log itself. `LOG-1`, that `seq` has no gaps, stands in the model, which counts along. */
export const logInvariants: readonly Invariant[] = [
  {
    id: 'LOG-2',
    says: 'the facts alone tell the state of every agent, task, stop and change',
    check(m, commit) {
      const { replay } = m;
      for (const a of commit.agents) {
        const r = replay.agents.get(a.id);
        if (r?.state !== a.state || r.parentId !== a.parentId || r.path.length !== a.path.length || r.stopId !== a.stopId)
          return `${a.id} is ${a.state} under ${a.parentId} (${a.stopId}), its facts say ${JSON.stringify(r)}`;
      }
      for (const t of commit.tasks) {
        const r = replay.tasks.get(t.id);
        if (r?.state !== t.state || r.token !== t.claimToken || r.holder !== t.agentId || r.expiresAtMs !== t.claimExpiresAtMs)
          return `${t.id} is ${t.state} held by ${t.agentId}, its facts say ${r?.state} held by ${r?.holder}`;
      }
      for (const s of commit.stops)
        if (replay.stops.get(s.id) !== s.state) return `${s.id} is ${s.state}, its facts say ${replay.stops.get(s.id)}`;
      for (const c of commit.changes)
        if (replay.changes.get(c.id) !== c.state) return `${c.id} is ${c.state}, its facts say ${replay.changes.get(c.id)}`;
      return undefined;
    },
    settled(m) {
      for (const a of m.state.agents.values())
        if (m.replay.agents.get(a.id)?.state !== a.state) return `${a.id} is ${a.state}, its facts say ${m.replay.agents.get(a.id)?.state}`;
      for (const t of m.state.tasks.values())
        if (m.replay.tasks.get(t.id)?.state !== t.state) return `${t.id} is ${t.state}, its facts say ${m.replay.tasks.get(t.id)?.state}`;
      return m.state.events.every((e, i) => e.seq === i + 1) ? undefined : 'the log has a gap';
    },
  },
  {
    id: 'LOG-3',
    says: 'agents, tasks and changes move by their tables, and nothing leaves a final state',
    on: [
      'agent.running',
      'agent.resumed',
      'agent.paused',
      'agent.lost',
      'agent.stopping',
      'agent.unconfirmed',
      'agent.ended',
      'task.claimed',
      'task.completed',
      'task.submitted',
      'task.accepted',
      'task.rejected',
      'task.attempt-failed',
      'task.released',
      'task.ready',
      'task.scheduled',
      'task.blocked',
      'task.cancelled',
    ],
    fact(m, e) {
      const agent = m.replay.agents.get(e.subjectId);
      const task = m.replay.tasks.get(e.subjectId);
      switch (e.type) {
        case 'agent.running':
        case 'agent.resumed':
          return agentMove('running');
        case 'agent.paused':
          return agentMove('paused');
        case 'agent.lost':
          return agentMove('lost');
        case 'agent.stopping':
          return agentMove('stopping');
        case 'agent.unconfirmed':
          return agentMove('unconfirmed');
        case 'agent.ended':
          return agentMove(e.data.state);
        case 'task.claimed':
          return taskMove('claimed');
        case 'task.completed':
          return taskMove('done');
        case 'task.accepted':
          return taskMove('done');
        case 'task.submitted':
          return taskMove('in-review');
        case 'task.rejected':
          return taskMove(e.data.next);
        case 'task.attempt-failed':
          return taskMove(e.data.next);
        case 'task.released':
        case 'task.ready':
          return taskMove('ready');
        case 'task.scheduled':
          return taskMove('scheduled');
        case 'task.blocked':
          return taskMove('blocked');
        case 'task.cancelled':
          return taskMove('cancelled');
        default:
          return undefined;
      }
      function agentMove(to: keyof typeof agentTransitions): string | undefined {
        if (!agent) return `${e.type} of an agent that was never registered`;
        return agent.state === to || canMove(agentTransitions, agent.state, to) ? undefined : `${agent.id}: ${agent.state} → ${to}`;
      }
      function taskMove(to: keyof typeof taskTransitions): string | undefined {
        if (!task) return `${e.type} of a task that was never added`;
        return canMove(taskTransitions, task.state, to) ? undefined : `${e.subjectId}: ${task.state} → ${to}`;
      }
    },
    check(m, commit) {
      for (const c of commit.changes) {
        const from = m.rows.changes.get(c.id)?.state;
        const steps = commit.events.filter((e) => e.subjectId === c.id && e.type.startsWith('change.')).length;
        if (from && from !== c.state && steps < 2 && !canMove(changeTransitions, from, c.state)) return `${c.id}: ${from} → ${c.state}`;
      }
      return undefined;
    },
  },
  {
    id: 'LOG-4',
    says: 'a refused command leaves nothing behind but the late write it kept, and what time and a deadlock have changed of waits',
    answer(m, command, result, alone) {
      if (!alone || result.ok) return undefined;
      const left = m.lastCommit?.events.find((e) => !keptTypes.test(e.type));
      if (left) return `${command.type} (${result.error.code}) recorded ${left.type}`;
      return undefined;
    },
  },
];
const keptTypes = /^(task\.superseded|checkpoint\.discarded|lock\.|barrier\.|agent\.wait)/;
