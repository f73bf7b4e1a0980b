import type { Tone } from '@/vocabulary/state-marks';

const tones: Record<string, Tone> = {
  'agent.lost': 'attention',
  'agent.paused': 'attention',
  'agent.unconfirmed': 'danger',
  'agent.orphan-handled': 'attention',
  'stop.accepted': 'attention',
  'stop.escalated': 'attention',
  'orphans.halted': 'danger',
  'cost.conflict': 'attention',
  'cost.mismatch': 'danger',
  'budget.near': 'attention',
  'budget.exceeded': 'danger',
  'budget.warned': 'attention',
  'budget.reached': 'danger',
  'task.attempt-failed': 'attention',
  'task.superseded': 'attention',
  'change.awaiting-approval': 'attention',
  'change.merged': 'success',
  'change.approved': 'success',
  'change.refused': 'danger',
  'change.rejected': 'danger',
  'change.failed': 'danger',
  'change.rolled-back': 'danger',
  'change.rollback-failed': 'danger',
  'change.healthy': 'success',
  'change.unhealthy': 'danger',
  'change.overdue': 'attention',
};

/** Most events are calm; colour is kept for those that a person looks for. */
export function toneOf(type: string, data: Record<string, unknown>): Tone | null {
  if (type === 'agent.ended') return data.state === 'failed' || data.state === 'killed' ? 'danger' : null;
  if (type === 'task.attempt-failed' && (data.next === 'dead-letter' || data.next === 'failed')) return 'danger';
  return tones[type] ?? null;
}
