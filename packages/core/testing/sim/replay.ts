import type { LoggedEvent } from '../../src/kernel/events.ts';
import type { AgentState, ChangeState, StopState, TaskState } from '../../src/kernel/transitions.ts';

export type AgentReplay = { id: string; parentId: string | null; path: string[]; state: AgentState; epoch: number; stopId: string | null };
export type TaskReplay = { state: TaskState; token: bigint; holder: string | null; attempts: number; expiresAtMs: number | null };

/**
 * What the log alone says of agents, tasks, stops and changes: written again by hand, from the meaning of the facts, and
 * not with the core's own `evolve` functions. Where the stored rows say something else, one of the two is wrong.
 */
export class Replay {
  readonly agents = new Map<string, AgentReplay>();
  readonly tasks = new Map<string, TaskReplay>();
  readonly stops = new Map<string, StopState>();
  readonly changes = new Map<string, ChangeState>();

  take(e: LoggedEvent): void {
    const room = e.type.slice(0, e.type.indexOf('.'));
    if (room === 'agent') this.agent(e);
    else if (room === 'task') this.task(e);
    else if (room === 'change') this.change(e);
    else if (e.type === 'stop.accepted') this.stops.set(e.subjectId, 'stopping');
    else if (e.type === 'stop.done') this.stops.set(e.subjectId, 'done');
  }

  private agent(e: LoggedEvent): void {
    if (e.type === 'agent.registered') {
      const { parentId } = e.data;
      const above = parentId ? (this.agents.get(parentId)?.path ?? []) : [];
      this.agents.set(e.subjectId, {
        id: e.subjectId,
        parentId,
        path: [...above, e.subjectId],
        state: 'starting',
        epoch: 1,
        stopId: null,
      });
      return;
    }
    const a = this.agents.get(e.subjectId);
    if (!a) return;
    switch (e.type) {
      case 'agent.running':
      case 'agent.resumed':
        a.state = 'running';
        break;
      case 'agent.paused':
        a.state = 'paused';
        break;
      case 'agent.lost':
        a.state = 'lost';
        break;
      case 'agent.stopping':
        a.state = 'stopping';
        a.stopId = e.data.stopId ?? a.stopId;
        break;
      case 'agent.fenced':
        a.stopId = e.data.stopId;
        break;
      case 'agent.unconfirmed':
        a.state = 'unconfirmed';
        break;
      case 'agent.ended':
        a.state = e.data.state;
        break;
      case 'agent.restored':
      case 'agent.restarted':
        a.state = 'starting';
        a.epoch = e.data.epoch;
        break;
      case 'agent.reparented':
        a.parentId = e.data.to;
        a.path = e.data.path;
        break;
    }
  }

  private task(e: LoggedEvent): void {
    if (e.type === 'task.added') {
      this.tasks.set(e.subjectId, { state: e.data.state, token: 0n, holder: null, attempts: 0, expiresAtMs: null });
      return;
    }
    const t = this.tasks.get(e.subjectId);
    if (!t) return;
    const free = (state: TaskState) => {
      t.state = state;
      t.holder = null;
      t.expiresAtMs = null;
    };
    switch (e.type) {
      case 'task.claimed':
        t.state = 'claimed';
        t.token = BigInt(e.data.token);
        t.holder = e.data.agentId;
        t.attempts = e.data.attempt;
        t.expiresAtMs = e.data.expiresAtMs;
        break;
      case 'task.renewed':
        t.expiresAtMs = e.data.expiresAtMs;
        break;
      case 'task.completed':
      case 'task.accepted':
        free('done');
        break;
      case 'task.submitted':
        free('in-review');
        break;
      case 'task.rejected':
        free(e.data.next);
        break;
      case 'task.attempt-failed':
        free(e.data.next);
        break;
      case 'task.released':
        free('ready');
        break;
      case 'task.ready':
        t.state = 'ready';
        break;
      case 'task.scheduled':
        t.state = 'scheduled';
        break;
      case 'task.blocked':
        t.state = 'blocked';
        break;
      case 'task.cancelled':
        free('cancelled');
        break;
    }
  }

  private change(e: LoggedEvent): void {
    const to = changeStateAfter[e.type];
    if (to) this.changes.set(e.subjectId, to);
  }
}

const changeStateAfter: { readonly [type: string]: ChangeState } = {
  'change.proposed': 'proposed',
  'change.restarted': 'proposed',
  'change.assessed': 'assessed',
  'change.isolated': 'isolated',
  'change.test-verified': 'test-verified',
  'change.validated': 'validated',
  'change.awaiting-approval': 'awaiting-approval',
  'change.rejected': 'rejected',
  'change.withdrawn': 'withdrawn',
  'change.expired': 'expired',
  'change.refused': 'refused',
  'change.failed': 'failed',
  'change.merging': 'merging',
  'change.merge-failed': 'awaiting-approval',
  'change.base-moved': 'proposed',
  'change.merged': 'merged',
  'change.rolled-back': 'rolled-back',
};
