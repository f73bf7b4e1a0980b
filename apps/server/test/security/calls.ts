import { randomInt, randomUUID } from 'node:crypto';
import type { Caller, Outcome, World } from './callers.ts';

/** A valid call of one procedure, aimed at the target of a world. */
export type Call = {
  input?: (w: World) => object;
  /** It names nobody: whoever is let in gets what is its own. */
  names?: 'nobody';
  /** Where an agent's outcome is not what its rule alone says. */
  but?: Partial<Record<Caller, Outcome>>;
};

/** A runner of the whole project may be told to host any agent of it. */
const wholeProject: Call = { names: 'nobody', but: { 'other runner': 'yes' } };
const id = (w: World) => ({ id: w.targetId });
const agentId = (w: World) => ({ agentId: w.targetId });
const nobody: Call = { names: 'nobody' };
const task = (w: World) => ({ id: w.taskId });
const claim = (w: World) => ({ id: w.taskId, token: w.claimToken });
/** Everybody knows of the task, and so is told why not. */
const heldByAnother: Call['but'] = { sibling: 'forbidden', child: 'forbidden' };
const change = (w: World) => ({ id: w.changeId, diffHash: 'h' });
/** The target and those below it are told that the change is their own. */
const ownChange: Call['but'] = { target: 'forbidden', 'fenced target': 'forbidden', child: 'forbidden' };

export const calls: Record<string, Call> = {
  'agents.register': { input: (w) => ({ name: 'new', parentId: w.targetId }) },
  'agents.spawn': { input: (w) => ({ ...id(w), name: 'new', command: 'true' }) },
  'agents.heartbeat': { input: id },
  'agents.heartbeats': { input: (w) => ({ beats: [agentId(w)] }) },
  'agents.wait': { input: (w) => ({ id: w.siblingId, ...agentId(w), waitMs: 0 }) },
  'agents.finish': { input: (w) => ({ ...id(w), outcome: 'completed' }) },
  'agents.events': { input: (w) => ({ ...id(w), events: [{ eventId: randomUUID(), type: 't' }] }) },
  'agents.log': { input: (w) => ({ ...id(w), lines: [{ stream: 'stdout', at: 1, text: 'x' }] }) },
  'agents.logs': { input: id },
  'agents.get': { input: id },
  'agents.list': wholeProject,
  'agents.setBudget': { input: (w) => ({ ...id(w), budgetUsd: '50' }) },
  'agents.pause': { input: id },
  'agents.resume': { input: id },
  'agents.interrupt': { input: id },
  'agents.stop': { input: (w) => ({ ...id(w), graceMs: 60_000, reason: 'matrix' }) },
  'stops.get': { input: (w) => ({ id: w.stopId }) },
  'stops.receipt': { input: (w) => ({ id: w.stopId }) },
  'stops.list': { ...nobody, but: { target: 'own', parent: 'own', 'fenced target': 'own' } },
  'stops.summary': { input: (w) => ({ id: w.stopId }) },
  'stops.summaries': nobody,
  'orphans.list': nobody,
  'orphans.handle': { input: (w) => ({ agentIds: [w.targetId], action: 'policy' }), names: 'nobody' },
  'checkpoints.save': { input: (w) => ({ ...id(w), sequence: 2, state: {}, trigger: 'matrix' }) },
  'checkpoints.list': { input: id },
  'checkpoints.get': { input: (w) => ({ id: w.checkpointId }) },
  'checkpoints.restore': { input: (w) => ({ id: w.checkpointId, mode: 'fork' }) },
  'checkpoints.preview': { input: (w) => ({ id: w.checkpointId }) },
  'checkpoints.resume': { input: (w) => ({ id: w.checkpointId }) },
  'checkpoints.ask': { input: id },
  'checkpoints.rehearse': { input: (w) => ({ id: w.checkpointId }) },
  'checkpoints.rehearsal': { input: id },
  'cuts.list': { input: id },
  'cuts.get': { input: (w) => ({ id: w.cutId }) },
  'cuts.preview': { input: (w) => ({ id: w.cutId }) },
  'cuts.restore': { input: (w) => ({ id: w.cutId, partial: true }) },
  'effects.begin': { input: (w) => ({ ...id(w), key: 'k', attemptId: 'a' }) },
  'effects.acknowledge': { input: (w) => ({ ...id(w), key: 'begun' }) },
  'costs.report': { input: (w) => ({ events: [{ eventId: randomUUID(), ...agentId(w), model: 'm', inputTokens: 1, outputTokens: 1 }] }) },
  'costs.reserve': { input: (w) => ({ ...agentId(w), amountUsd: '1' }) },
  'costs.release': { input: (w) => ({ id: w.reservationId }) },
  'costs.drop': { input: (w) => ({ id: w.reservationId }) },
  'costs.adjust': { input: (w) => ({ eventId: randomUUID(), ...agentId(w), refersTo: w.key, amountUsd: '-0.001', reason: 'r' }) },
  'costs.summary': wholeProject,
  'costs.series': nobody,
  'costs.budgets': nobody,
  'costs.entries': { input: (w) => agentId(w), names: 'nobody' },
  'tasks.add': { input: () => ({ title: 'new' }), names: 'nobody', but: { 'fenced target': 'fenced' } },
  'tasks.claim': { input: (w) => ({ ...agentId(w), labels: ['none'] }) },
  'tasks.wait': { input: (w) => ({ ...task(w), ...agentId(w), waitMs: 0 }) },
  'tasks.complete': { input: claim, but: heldByAnother },
  'tasks.fail': { input: claim, but: heldByAnother },
  'tasks.release': { input: claim, but: heldByAnother },
  'tasks.renew': { input: claim, but: heldByAnother },
  'tasks.cancel': { input: task },
  'tasks.retry': { input: task },
  'tasks.forceRelease': { input: task },
  'tasks.prioritise': { input: (w) => ({ ...task(w), priority: 1 }) },
  'tasks.bulk': { input: (w) => ({ ids: [w.taskId], action: 'prioritise', priority: 1 }) },
  'tasks.addMany': { input: () => ({ tasks: [{ title: 'new' }] }), names: 'nobody', but: { 'fenced target': 'fenced' } },
  'tasks.completeMany': { input: (w) => ({ tasks: [claim(w)] }), but: heldByAnother },
  'tasks.import': { input: () => ({ format: 'csv', text: 'id,title\nm1,new', source: randomUUID() }), names: 'nobody' },
  'tasks.export': { input: () => ({ format: 'jsonl' }), names: 'nobody' },
  'tasks.edit': { input: (w) => ({ ...task(w), title: 'new' }), but: { ...heldByAnother, parent: 'forbidden' } },
  'tasks.accept': { input: task },
  'tasks.reject': { input: (w) => ({ ...task(w), reason: 'r' }) },
  'tasks.comment': { input: (w) => ({ ...task(w), body: 'b' }) },
  'tasks.attach': { input: (w) => ({ ...claim(w), kind: 'k', name: 'n', content: 'c' }), but: heldByAnother },
  'tasks.record': { input: task },
  'tasks.artefact': { input: (w) => ({ id: w.artefactId }) },
  'tasks.depend': { input: task, but: { ...heldByAnother, parent: 'forbidden' } },
  'tasks.get': { input: task },
  'tasks.list': nobody,
  'locks.acquire': { input: (w) => ({ name: `${w.key}-2`, ...agentId(w) }) },
  'locks.release': { input: (w) => ({ name: w.key, ...agentId(w), token: w.lockToken }) },
  'locks.renew': { input: (w) => ({ name: w.key, ...agentId(w), token: w.lockToken }) },
  'locks.forceRelease': { input: (w) => ({ name: w.key, reason: 'r' }) },
  'locks.deadlocks': nobody,
  'locks.list': nobody,
  'barriers.wait': { input: (w) => ({ name: w.key, ...agentId(w), parties: 1 }) },
  'barriers.list': nobody,
  'changes.propose': {
    input: (w) => ({ ...agentId(w), repositoryId: w.repositoryId, title: 't', reason: 'r', testPatch: 'x', fixPatch: 'y' }),
  },
  'changes.get': { input: (w) => ({ id: w.changeId }) },
  'changes.list': nobody,
  'changes.approve': { input: change, but: ownChange },
  'changes.reject': { input: change, but: ownChange },
  'changes.override': { input: (w) => ({ ...change(w), comment: 'nobody else is awake' }) },
  'changes.rollback': { input: change },
  'changes.comment': { input: (w) => ({ id: w.changeId, body: 'b' }) },
  'changes.withdraw': { input: (w) => ({ id: w.changeId }), but: { child: 'forbidden' } },
  'repositories.register': { input: () => ({ name: randomUUID(), path: '/srv/x', gates: { test: 'true' } }), names: 'nobody' },
  'repositories.list': nobody,
  'runners.register': {
    input: () => ({ name: randomUUID(), host: 'h', pid: randomInt(1, 1e9), startTime: '1', containment: 'none' }),
    names: 'nobody',
  },
  'runners.poll': { input: (w) => ({ id: w.hostId, waitMs: 0 }) },
  'runners.report': { input: (w) => ({ id: w.hostId, reports: [] }) },
  'audit.list': nobody,
  'audit.verify': nobody,
  'webhooks.list': nobody,
  'webhooks.add': { input: () => ({ name: 'matrix', url: 'https://example.invalid/hook' }), names: 'nobody' },
  'webhooks.remove': { input: (w) => ({ id: w.webhookId }) },
  'webhooks.test': { input: (w) => ({ id: w.webhookId }) },
  'webhooks.deliveries': { input: (w) => ({ id: w.webhookId }) },
  'webhooks.retry': { input: (w) => ({ id: w.webhookId && w.deliveryId }) },
  'events.list': nobody,
  'history.at': nobody,
  'history.compare': { input: () => ({ from: 1, to: 1 }), names: 'nobody' },
  'history.bundle': { input: () => ({ from: 1, to: 1 }), names: 'nobody' },
  'history.check': nobody,
  'project.get': nobody,
  'project.configure': { input: () => ({}), names: 'nobody' },
  'project.reopen': nobody,
  'overview.get': nobody,
  'live.snapshot': nobody,
  'live.fleet': nobody,
  'live.board': nobody,
  'session.me': nobody,
  'session.makeLink': nobody,
  'session.account': nobody,
  'session.list': nobody,
  // nobody's session but one's own: here that of another
  'session.end': {
    input: (w) => ({ id: w.personId }),
    but: { viewer: 'absent', operator: 'absent', approver: 'absent', owner: 'absent', 'owner unproven': 'absent' },
  },
  'people.list': nobody,
  'people.setRole': { input: (w) => ({ id: w.personId, role: 'viewer' }) },
  'people.remove': { input: (w) => ({ id: w.personId }) },
  'people.invitations': nobody,
  'people.invite': { input: () => ({ email: `${randomUUID()}@example.com`, role: 'viewer' }), names: 'nobody' },
  'people.withdraw': { input: (w) => ({ id: w.invitationId }) },
  'tokens.list': nobody,
  'tokens.create': { input: () => ({ name: 'matrix', role: 'viewer' }), names: 'nobody' },
  'tokens.revoke': { input: (w) => ({ id: w.tokenId }) },

  'demo.start': nobody,
  // last: everything lives under its fence until it is opened again
  'project.stop': { input: () => ({ reason: 'matrix' }), names: 'nobody' },
};
