import { defaultLeaseMs } from '../../../src/agents/lease.ts';
import { isFinalAgent, isLiveAgent } from '../../../src/kernel/transitions.ts';
import { haltFloor, haltShare } from '../../../src/orphans/orphan-policy.ts';
import type { Model } from '../model.ts';
import type { Invariant } from './invariant.ts';

/** Below this a standstill cannot be told from a busy moment, at looks that come every two seconds. */
const noticedMs = 4_500;
const sweepMs = 5_000;

/** The earliest moment at which a lease may count as over, the supervisor's own standstills taken off (I-ORPH-3). */
function overAtMs(m: Model, lease: { expiresAtMs: number }, renewedAtMs: number): number {
  let overMs = lease.expiresAtMs;
  for (const s of m.standstills) {
    if (s.toMs <= renewedAtMs || s.fromMs >= overMs) continue;
    const lastedMs = s.toMs - Math.max(s.fromMs, renewedAtMs);
    if (s.died) overMs = Math.max(overMs, s.toMs + defaultLeaseMs);
    // one that it died of was never noticed: what counts is the lease that everybody gets at the next start
    else if (lastedMs > noticedMs && !m.standstills.some((d) => d.died && d.fromMs === s.toMs)) overMs += lastedMs;
  }
  return overMs;
}

export const orphanInvariants: readonly Invariant[] = [
  {
    id: 'I-ORPH-1',
    says: 'the sweep acts only where the parent has ended or is lost, and a lease only counts as over when it is',
    on: ['agent.orphan-handled', 'agent.lost'],
    fact(m, e, commit) {
      if (e.type === 'agent.orphan-handled') {
        const child = m.replay.agents.get(e.subjectId);
        const parent = m.replay.agents.get(e.data.parentId);
        if (!child || child.parentId !== e.data.parentId) return `${e.subjectId} was judged as a child of ${e.data.parentId}`;
        return parent && (isFinalAgent(parent.state) || parent.state === 'lost')
          ? undefined
          : `the parent of ${e.subjectId} is ${parent?.state}`;
      }
      const lease = m.rows.leases.get(e.subjectId);
      return lease && lease.expiresAtMs > commit.atMs
        ? `${e.subjectId} is lost with a lease for ${lease.expiresAtMs - commit.atMs} ms more`
        : undefined;
    },
  },
  {
    id: 'I-ORPH-2',
    says: 'suspicion ends nobody, and a heartbeat refutes it',
    on: ['agent.ended'],
    fact(m, e) {
      const from = m.replay.agents.get(e.subjectId)?.state;
      return from === 'lost' && e.actor === 'system:lease-loop' ? `${e.subjectId} was ended for being silent` : undefined;
    },
    answer(m, command, result, alone) {
      if (command.type !== 'agents.heartbeat' || !result.ok || !alone) return undefined;
      return m.state.agents.get(command.input.id)?.state === 'lost' ? `${command.input.id} was heard and is still lost` : undefined;
    },
  },
  {
    id: 'I-ORPH-3',
    says: 'the time in which the supervisor stood still is no silence of the agents',
    on: ['agent.lost'],
    fact(m, e, commit) {
      const lease = m.rows.leases.get(e.subjectId);
      const agent = m.rows.agents.get(e.subjectId);
      if (!lease || !agent) return undefined;
      // a lease without a heartbeat began with its epoch, which a restore begins long after the agent was registered
      const beganMs = Math.max(agent.createdAtMs, lease.expiresAtMs - 2 * defaultLeaseMs);
      const overMs = overAtMs(m, lease, lease.lastHeartbeatMs ?? beganMs);
      return commit.atMs < overMs - 2_500 ? `${e.subjectId} is lost ${overMs - commit.atMs} ms too early` : undefined;
    },
  },
  {
    id: 'I-ORPH-4',
    says: 'a silence is seen within the lease and a sweep, and an orphan by the sweep after it',
    settled(m, nowMs) {
      for (const a of m.state.agents.values()) {
        const lease = m.state.leases.get(a.id);
        if (lease && ['starting', 'running', 'paused'].includes(a.state) && nowMs > lease.expiresAtMs + 2 * 30_000 + sweepMs)
          return `${a.id} is ${a.state} ${nowMs - lease.expiresAtMs} ms after its lease`;
      }
      return undefined;
    },
  },
  {
    id: 'I-ORPH-5',
    says: 'the policy is applied once to a child and its parent',
    on: ['agent.orphan-handled'],
    fact(m, e) {
      if (e.type !== 'agent.orphan-handled') return undefined;
      const seen = m.remember('I-ORPH-5', () => new Set<string>());
      const epochOf = (id: string) => m.replay.agents.get(id)?.epoch;
      const key = `${e.subjectId} (${epochOf(e.subjectId)}) of ${e.data.parentId} (${epochOf(e.data.parentId)})`;
      if (seen.has(key)) return `${key} a second time`;
      seen.add(key);
      return undefined;
    },
  },
  {
    id: 'I-ORPH-6',
    says: 'a new parent makes no circle and leads out of no stop and no budget',
    on: ['agent.reparented'],
    fact(m, e) {
      if (e.type !== 'agent.reparented') return undefined;
      const { path, to } = e.data;
      if (new Set(path).size !== path.length) return `${e.subjectId} is its own ancestor: ${path.join(' ')}`;
      if (path.at(-1) !== e.subjectId || (path.at(-2) ?? null) !== to) return `${e.subjectId} under ${to} has the path ${path.join(' ')}`;
      const left = m.replay.agents.get(e.subjectId)?.path.filter((id) => !path.includes(id)) ?? [];
      const root = m.fenceOver(left);
      if (root) return `${e.subjectId} was led out of the stop of ${root}`;
      const charged = new Set([...path, ...(e.data.chargedTo ?? [])]);
      const budget = left.find((id) => m.rows.agents.get(id)?.budgetNanoUsd != null && !charged.has(id));
      return budget ? `${e.subjectId} was led out of the budget of ${budget}` : undefined;
    },
  },
  {
    id: 'I-ORPH-7',
    says: 'a sweep that would take more than a fifth of the fleet takes nobody',
    check(m, commit) {
      let judged = 0;
      for (const e of commit.events) if (e.type === 'agent.orphan-handled') judged += 1;
      if (judged <= haltFloor) return undefined;
      let live = 0;
      for (const a of m.rows.agents.values()) if (isLiveAgent(a.state) || a.state === 'unconfirmed') live += 1;
      return judged > live * haltShare ? `${judged} of ${live} in one sweep` : undefined;
    },
  },
];
