import type { LoggedEvent } from '../../src/kernel/events.ts';
import { isFinalAgent } from '../../src/kernel/transitions.ts';
import type { Commit } from '../../src/supervisor/ports.ts';
import type { Model } from './model.ts';

/** Counts what the facts show of the *sometimes* table. Called before the fact is taken into the replay. */
export function observe(m: Model, e: LoggedEvent, commit: Commit): void {
  const agent = m.replay.agents.get(e.subjectId);
  switch (e.type) {
    case 'agent.registered':
      m.hit('agent registered');
      if (e.data.parentId) m.hit('child spawned');
      return;
    case 'agent.attached':
      if (agent?.parentId) m.hit('child launched by a runner');
      return;
    case 'agent.running':
      if (e.data.from === 'lost') m.hit('lost agent came back');
      return;
    case 'agent.lost': {
      m.hit('agent lost');
      return;
    }
    case 'agent.paused':
      if (e.data.by === 'operator') m.hit('agent paused by an operator');
      return;
    case 'agent.resumed': {
      m.hit('agent resumed');
      return;
    }
    case 'agent.ended':
      if (e.data.state === 'completed') m.hit('agent completed');
      if (e.data.state === 'failed') m.hit('agent failed');
      if (agent?.state === 'unconfirmed') m.hit('unconfirmed confirmed later');
      return;
    case 'agent.process-ended':
      if (e.data.evidence.survivors > 0) m.hit('process ended with survivors');
      return;
    case 'agent.reported':
      if (agent?.stopId) m.hit('event accepted after a stop');
      return;
    case 'agent.orphan-handled':
      if (e.data.action === 'stop') {
        m.hit('orphan stopped');
      }
      if (e.data.action === 'reparent') m.hit('orphan reparented');
      return;
    case 'agent.reparented':
      if (e.data.chargedTo?.length) m.hit('orphan kept within its budget');
      return;
    case 'stop.accepted': {
      m.hit('stop accepted');
      if (e.data.waves >= 3) m.hit('stop over three waves');
      const root = e.data.agentId ? m.replay.agents.get(e.data.agentId) : undefined;
      if (root && isFinalAgent(root.state)) m.hit('stop over an agent that had ended');
      for (const s of m.rows.stops.values()) {
        if (s.state !== 'stopping') continue;
        const other = s.agentId ? m.replay.agents.get(s.agentId) : undefined;
        if (root && other && (root.path.includes(other.id) || other.path.includes(root.id))) m.hit('overlapping stops');
      }
      return;
    }
    case 'stop.strengthened':
      m.hit('stop strengthened');
      if (m.commands.some((c) => c.type === 'agents.stop' && c.input.id !== m.rows.stops.get(e.subjectId)?.agentId))
        m.hit('part of a stop hurried');
      return;
    case 'stop.escalated': {
      m.hit('stop escalated to KILL');
      return;
    }
    case 'stop.acknowledged': {
      m.hit('stop acknowledged');
      return;
    }
    case 'stop.member-ended': {
      if (e.data.outcome === 'unconfirmed') m.hit('stop member unconfirmed');
      if (e.data.outcome === 'killed') m.hit('stop member killed');
      if (e.data.evidence.claimsReleased > 0) m.hit('claim released by a stop');
      if (e.data.evidence.ordersCancelled > 0) m.hit('launch order cancelled by a stop');
      return;
    }
    case 'cost.recorded':
      m.hit('cost counted');
      if (e.data.late) m.hit('cost late');
      if (e.data.unpriced) m.hit('cost unpriced');
      return;
    case 'cost.conflict': {
      m.hit('cost in conflict');
      return;
    }
    case 'budget.exceeded': {
      m.hit('budget exceeded');
      return;
    }
    case 'task.claimed': {
      m.hit('task claimed');
      return;
    }
    case 'task.completed': {
      m.hit('task completed');
      return;
    }
    case 'task.attempt-failed':
      if (e.data.next === 'dead-letter') m.hit('task dead-lettered');
      if (e.data.next === 'scheduled') m.hit('task scheduled after a failure');
      return;
    case 'task.ready':
      if (e.data.why === 'dependencies-done') m.hit('task unblocked');
      if (e.data.why === 'retried') m.hit('task retried by an operator');
      return;
    case 'task.released':
      if (e.data.why === 'lease-expired') m.hit('claim lease ran out');
      if (e.data.why === 'operator') m.hit('claim taken away by an operator');
      return;
    case 'task.superseded': {
      m.hit('stale token refused');
      return;
    }
    case 'lock.granted':
      m.hit(e.data.waitedMs > 0 ? 'lock granted after a wait' : 'lock granted at once');
      return;
    case 'lock.freed':
      if (e.data.why === 'lease-expired') m.hit('lock lease ran out');
      if (e.data.why === 'holder-stopped') m.hit('lock freed by a stop');
      return;
    case 'lock.wait-ended':
      if (e.data.why === 'timed-out') m.hit('lock wait timed out');
      if (e.data.why === 'stopped') m.hit('lock wait ended by a stop');
      if (e.data.why === 'deadlock') m.hit('deadlock broken');
      return;
    case 'agent.wait-ended':
      if (e.data.why === 'served') m.hit('wait for an end served');
      if (e.data.why === 'timed-out') m.hit('wait for an end timed out');
      if (e.data.why === 'stopped') m.hit('wait for an end ended by a stop');
      if (e.data.why === 'deadlock') m.hit('deadlock over an end broken');
      return;
    case 'project.halted':
      m.hit('emergency stop');
      return;
    case 'project.reopened':
      m.hit('project reopened');
      return;
    case 'barrier.released':
      m.hit('barrier released');
      return;
    case 'barrier.broken':
      m.hit('barrier broken');
      return;
    case 'barrier.left':
      m.hit('barrier shrunk');
      return;
    case 'checkpoint.saved':
      m.hit('checkpoint saved');
      return;
    case 'checkpoint.discarded':
      m.hit('checkpoint discarded');
      return;
    case 'agent.restored':
      m.hit('agent restored');
      if (e.data.launched) m.hit('agent restored by its runner');
      return;
    case 'agent.restarted':
      m.hit('agent restarted by its policy');
      return;
    case 'agent.restarts-exhausted':
      m.hit('restarts exhausted');
      return;
    case 'task.submitted':
      m.hit(e.data.review ? 'task waits for a review' : 'task waits for what is missing');
      return;
    case 'task.accepted':
      m.hit(e.actor.startsWith('system') ? 'task done once nothing was missing' : 'task accepted');
      if (e.data.overrode.length) m.hit('acceptance overrode what was missing');
      return;
    case 'task.rejected':
      m.hit('task sent back');
      return;
    case 'task.subtask-added':
      m.hit('sub-task added');
      return;
    case 'agent.forked':
      m.hit('agent forked');
      return;
    case 'effect.begun':
      m.hit('effect begun');
      return;
    case 'change.proposed': {
      m.hit('change proposed');
      return;
    }
    case 'change.awaiting-approval': {
      m.hit('change awaiting approval');
      return;
    }
    case 'change.merged': {
      m.hit('change merged');
      return;
    }
    case 'change.quiet':
      m.hit('change put to use at rest');
      return;
    case 'change.healthy':
      m.hit('change found healthy');
      return;
    case 'change.rolled-back':
      if (m.rows.changes.get(e.subjectId)?.activation?.state === 'rolling-back') m.hit('change rolled back by itself');
      return;
    case 'change.merge-failed':
      if (m.rows.changes.get(e.subjectId)?.activation?.state === 'quiescing') m.hit('activation called off');
      return;
    case 'change.base-moved': {
      m.hit('change base moved');
      return;
    }
    case 'change.endorsed':
      if (!commit.events.some((x) => x.type === 'change.merging')) m.hit('approval alone by an agent');
      return;
  }
}
