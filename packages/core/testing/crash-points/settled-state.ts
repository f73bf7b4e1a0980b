import { foldEntries } from '../../src/costs/rollup.ts';
import type { EventType } from '../../src/kernel/events.ts';
import { changeTransitions, isFinal, isFinalAgent } from '../../src/kernel/transitions.ts';
import type { TestFleet } from '../test-fleet.ts';

/**
 * What is refused is kept as often as it is told (a late write, a cost with another payload), a renewal renews again, a
 * runner that comes back says so, and an assessment told again begins the verification anew: no thing happened twice.
 */
const mayRepeat: readonly EventType[] = [
  'task.superseded',
  'cost.conflict',
  'task.renewed',
  'lock.renewed',
  'checkpoint.discarded',
  'runner.registered',
  'change.assessed',
  'change.restarted',
];

/**
 * What is stored, without ids, times and tokens, and with names in their place: two runs of one script are equal in this
 * if nothing was lost and nothing happened twice.
 */
export function settledState({ state }: TestFleet): Record<string, unknown> {
  const names = new Map<string, string>([
    ...[...state.agents.values()].map((a) => [a.id, `agent ${a.name}`] as const),
    ...[...state.tasks.values()].map((t) => [t.id, `task ${t.title}`] as const),
    ...[...state.changes.values()].map((c) => [c.id, `change ${c.title}`] as const),
    ...[...state.stops.values()].map((s) => [s.id, `stop of ${state.agents.get(s.agentId ?? '')?.name ?? 'all'}`] as const),
    ...[...state.runners.values()].map((r) => [r.id, `runner ${r.name}`] as const),
    ...[...state.repositories.values()].map((r) => [r.id, `repository ${r.name}`] as const),
    ...[...state.locks.values()].map((l) => [l.id, `lock ${l.name}`] as const),
    ...[...state.barriers.values()].map((b) => [b.id, `barrier ${b.name}`] as const),
    ...[...state.endWatches.values()].map((w) => [w.id, 'wait for an end'] as const),
  ]);
  const name = (id: string | null | undefined): string => (id ? (names.get(id) ?? id) : 'none');
  const rows = <T>(all: Iterable<T>, of: (row: T) => unknown): string[] => [...all].map((r) => plain(of(r))).sort();
  return {
    agents: rows(state.agents.values(), (a) => [
      [a.name, a.state, a.epoch, a.process, a.pausedBy, a.interruptReason, a.acknowledged, a.orphanHandled, a.result, a.error],
      [name(a.parentId), a.path.map(name), name(a.stopId), name(a.runnerId)],
    ]),
    tasks: rows(state.tasks.values(), (t) => [
      [t.title, t.state, t.priority, t.attempts, t.result, name(t.agentId), t.dependsOn.map(name)],
      t.failures.map((f) => [f.error, f.attempt]),
    ]),
    stops: rows(state.stops.values(), (s) => [name(s.id), s.state, s.mode, s.members, s.waves]),
    members: rows(state.stopMembers.values(), (m) => [
      [name(m.stopId), m.name, m.wave, m.outcome, m.evidence?.how, m.claimsReleased, m.ordersCancelled],
      [m.askedAtMs !== null, m.killedAtMs !== null, m.costAtAcceptanceNanoUsd],
    ]),
    costs: rows(state.ledger.values(), (e) => [name(e.agentId), e.eventId, e.costNanoUsd, e.late, e.path.map(name)]),
    conflicts: rows(new Set(state.conflicts.map((e) => e.eventId)), (id) => id),
    rollups: rows(state.rollups.values(), (r) => [name(r.id), { ...r, id: 0 }]),
    changes: rows(state.changes.values(), (c) => [
      [c.title, c.state, c.baseSha, c.candidateSha, c.diffHash, c.mergedSha, name(c.agentId)],
      [c.gates.map((g) => [g.name, g.on, g.passed]), c.approvals.map((a) => [a.by, a.diffHash])],
    ]),
    locks: rows(state.locks.values(), (l) => [
      [l.name, l.permits, l.token],
      l.holders.map((h) => [name(h.agentId), h.token]),
      l.waiters.map((w) => name(w.agentId)),
    ]),
    barriers: rows(state.barriers.values(), (b) => [b.name, b.generation, b.expected, b.arrived.map((p) => name(p.agentId))]),
    waits: rows(state.endWatches.values(), (w) => [w.waiting, w.waiters.map((x) => name(x.agentId))]),
    checkpoints: rows(state.checkpoints.values(), ({ checkpoint: c }) => [name(c.agentId), c.epoch, c.sequence, c.digest]),
    cuts: rows(state.cuts.values(), (c) => [name(c.rootId), c.restoring, c.members.map((m) => m.checkpointId !== null)]),
    effects: rows(state.effects.values(), (e) => [name(e.agentId), e.key, e.acknowledgedAtMs !== null, e.attempts, e.epoch, e.result]),
    reservations: rows(state.reservations.values(), (r) => [name(r.agentId), r.state, r.amountNanoUsd, r.settledNanoUsd]),
    uses: rows(state.budgetUses.values(), (u) => [name(u.id), { ...u, id: 0 }]),
    launches: rows(state.launches.values(), (l) => [name(l.id), l.restartsAtMs.length]),
    orders: rows(state.orders.values(), (o) => [o.kind, name(o.runnerId), 'agentId' in o.payload ? name(o.payload.agentId) : '']),
    // how many one agent has is how often its order was fetched
    tokens: [...new Set(rows(state.tokens.values(), (t) => [t.kind, name(t.subjectId), t.epoch]))],
    reported: rows(state.agentEvents.values(), (e) => [name(e.agentId), e.eventId]),
    facts: rows(
      state.events.filter((e) => !mayRepeat.includes(e.type)),
      (e) => [e.type, name(e.subjectId)],
    ),
  };
}
const plain = (value: unknown): string => JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}n` : v));

/** What must hold of anything that is stored, at every moment. */
export function brokenInvariants({ state }: TestFleet): string[] {
  const broken: string[] = [];
  const must = (holds: boolean, what: string) => {
    if (!holds) broken.push(what);
  };
  state.events.forEach((e, i) => {
    must(e.seq === i + 1, `a gap before fact ${e.seq}`);
  });
  const sums = foldEntries([...state.ledger.values()]);
  for (const [id, sum] of sums) must(plain(sum) === plain(state.rollups.get(id)), `I-COST-9: the rollup of ${id} is not its ledger`);
  must(sums.size === state.rollups.size, 'I-COST-9: a rollup without entries');
  for (const t of state.tasks.values()) {
    must((t.state === 'claimed') === (t.agentId !== null), `I-TASK-4: ${t.id} is ${t.state}, held by ${t.agentId}`);
    must((t.agentId !== null) === (t.claimExpiresAtMs !== null), `I-TASK-4: ${t.id} is held without a lease`);
    const waits = t.dependsOn.some((d) => state.tasks.get(d)?.state !== 'done');
    must(t.state !== 'blocked' || waits, `I-TASK-4: ${t.id} is blocked by nothing`);
    const holder = t.agentId ? state.agents.get(t.agentId) : undefined;
    must(!holder?.stopId, `I-STOP-8: ${t.id} is held under a stop`);
  }
  for (const a of state.agents.values()) {
    must(state.leases.has(a.id), `${a.id} has no lease`);
    must((a.endedAtMs !== null) === isFinalAgent(a.state), `${a.id} is ${a.state}, ended at ${a.endedAtMs}`);
    const above = a.path.slice(0, -1).map((id) => state.agents.get(id));
    must(above.length === 0 || above.at(-1)?.id === a.parentId, `${a.id} does not stand below its parent`);
    const live = !isFinalAgent(a.state) && a.state !== 'unconfirmed' && a.state !== 'stopping';
    must(!live || above.every((up) => !up?.stopId), `I-STOP-1: ${a.id} is ${a.state} under a fence`);
  }
  for (const s of state.stops.values()) {
    const open = [...state.stopMembers.values()].filter((m) => m.stopId === s.id && !m.outcome).length;
    must((s.state === 'done') === (open === 0), `I-STOP-4: ${s.id} is ${s.state} with ${open} open members`);
  }
  for (const c of state.changes.values())
    must(c.state !== 'merged' || c.mergedSha !== null, `I-SELF-7: ${c.id} is merged and nobody knows as what`);
  for (const o of state.orders.values()) {
    const change = 'changeId' in o.payload ? state.changes.get(o.payload.changeId) : undefined;
    must(!change || !isFinal(changeTransitions, change.state), `an order waits for ${change?.id}, which is ${change?.state}`);
  }
  return broken;
}
