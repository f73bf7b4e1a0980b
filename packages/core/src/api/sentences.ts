import { limitNames } from '../agents/limits.ts';
import type { ChangeEvent } from '../changes/change-record.ts';
import { sentenceOfChangeEvent } from '../changes/evolve-change.ts';
import { isoOf } from '../kernel/clock.ts';
import type { EventMap, EventType } from '../kernel/events.ts';

const change =
  <T extends ChangeEvent['type']>(type: T) =>
  (data: EventMap[T]): string =>
    sentenceOfChangeEvent({ type, data } as unknown as ChangeEvent);
const cents = (nano: string) => `$${(Number(nano) / 1e9).toFixed(4)}`;
const waited = (ms: number) => (ms > 0 ? ` after ${(ms / 1000).toFixed(1)} s` : '');
const kilobytes = (bytes: number) => `${Math.max(1, Math.round(bytes / 1000)).toLocaleString('en-US')} kB`;
const perMillion = (pico: string) => `$${Number(pico) / 1e6}`;
type Terms = EventMap['budget.made']['after'];
const reachedWords = { deny: 'what costs more is refused', pause: 'all below it pauses', stop: 'all below it is stopped' } as const;
const todayOf = (d: { period: Terms['period'] }) => (d.period === 'day' ? ' today' : '');
const termsOf = (t: Terms) =>
  [
    t.softNanoUsd === null ? '' : `warns at ${cents(t.softNanoUsd)}`,
    t.hardNanoUsd === null ? '' : `ends at ${cents(t.hardNanoUsd)}, then ${t.action}`,
    t.period === 'day' ? 'each day' : '',
  ]
    .filter(Boolean)
    .join(', ');
type Sentences = { [T in EventType]: (d: EventMap[T]) => string };

/**
 * Each fact in words, for the Activity page; the subject's name is put in front by the reader. A kind of fact without a
 * sentence does not compile.
 *
 * Use it where the kind is known; for what comes from the log there is `eventSentence`.
 *
 * @example
 * eventSentences['lock.waiting']({ agentId: 'agt_1', name: 'deploy' }); // → 'agt_1 waits for the lock deploy'
 */
export const eventSentences: Sentences = {
  'agent.registered': (d) =>
    d.parentId ? `${d.name} was registered${d.role ? ` as ${d.role}` : ''}` : `${d.name} was registered as a root`,
  'agent.attached': (d) => `runs as process ${d.pid} (held by ${d.containment})`,
  'agent.running': (d) => (d.from === 'lost' ? 'is back: its heartbeat arrived' : 'is running'),
  'agent.let-go': (d) => `may go on when it comes back${d.reason ? `: ${d.reason}` : ''}`,
  'agent.paused': (d) =>
    `was paused${d.by === 'agent' ? ' by itself' : d.by === 'budget' ? ' by a budget' : d.by === 'change' ? ' for a change of its code' : ''}${d.reason ? `: ${d.reason}` : ''}`,
  'agent.resumed': (d) => `goes on${d.reason ? `: ${d.reason}` : ''}`,
  'agent.interrupted': (d) => `was asked to end its turn${d.reason ? `: ${d.reason}` : ''}`,
  'agent.lost': () => 'is lost: its lease expired without a heartbeat',
  'agent.restarted': (d) => `was started again as epoch ${d.epoch} (${d.because})`,
  'agent.restarts-exhausted': (d) =>
    `is not started again: ${d.restarts} restarts within ${d.periodMs} ms are enough (at most ${d.intensity})${d.stopped ? `; ${d.stopped} gives up` : ''}`,
  'agent.activity': (d) => d.activity,
  'agent.reported': (d) => `reported ${d.count} ${d.count === 1 ? 'event' : 'events'} (${d.types.slice(0, 3).join(', ')})`,
  'agent.stopping': (d) => `is fenced and stopping${d.reason ? `: ${d.reason}` : ''}`,
  'agent.fenced': (d) => `what it left behind is fenced${d.reason ? `: ${d.reason}` : ''}`,
  'agent.process-ended': (d) =>
    `its process ended (${d.evidence.signal ?? `exit ${d.evidence.exitCode ?? '?'}`}), ${d.evidence.survivors} left in its ${d.evidence.containment}`,
  'agent.ended': (d) => `${d.state}${d.detail ? `: ${d.detail}` : ''}`,
  'agent.unconfirmed': (d) => `could only be fenced: ${d.detail}`,
  'agent.orphan-handled': (d) => `was an orphan (${d.because}): ${d.action}`,
  'agent.orphan-ignored': (d) => `is an orphan, and stays where it is until ${isoOf(d.untilMs)}${d.reason ? `: ${d.reason}` : ''}`,
  'agent.reparented': (d) => `moved under ${d.to ?? 'no parent'}`,
  'stop.accepted': (d) =>
    `${d.agentId === null ? 'emergency stop' : 'stop'} accepted (${d.mode}): ${d.members} agents in ${d.waves} waves${d.reason ? `, ${d.reason}` : ''}`,
  'stop.strengthened': (d) => `stop strengthened to ${d.mode}`,
  'stop.asked': (d) => `asked ${d.agentId} to end (wave ${d.wave})`,
  'stop.acknowledged': (d) => `${d.agentId} acknowledged the stop`,
  'stop.escalated': (d) => `escalated to KILL for ${d.agentId}`,
  'stop.enlisted': (d) => `${d.members} agents stand under the stop${d.more ? '; more follow' : ''}`,
  'stop.member-ended': (d) => `${d.agentId}: ${d.outcome} (${d.evidence.detail})`,
  'stop.done': (d) => `stop done: ${d.members} agents${d.unconfirmed ? `, ${d.unconfirmed} unconfirmed` : ', every end proved'}`,
  'agent.restored': (d) =>
    `was restored from checkpoint ${d.sequence} as epoch ${d.epoch}: the epoch before is fenced${d.claimsReleased ? `, ${d.claimsReleased} claims returned` : ''}${d.inDoubt ? `, ${d.inDoubt} effects in doubt` : ''}`,
  'agent.forked': (d) => `was forked from a checkpoint of ${d.fromAgentId}`,
  'agent.rehearsing': (d) => `rehearses from a checkpoint of ${d.fromAgentId}`,
  'checkpoint.saved': (d) => `saved checkpoint ${d.sequence} (${d.trigger}, ${kilobytes(d.sizeBytes)})`,
  'checkpoint.discarded': (d) => `a late checkpoint (epoch ${d.epoch}, number ${d.sequence}) was discarded`,
  'checkpoint.asked': (d) => `was asked to save a checkpoint${d.reason ? `: ${d.reason}` : ''}`,
  'checkpoint.cut-begun': (d) => `was asked to save a checkpoint with all below it, ${d.members} agents${d.reason ? `: ${d.reason}` : ''}`,
  'checkpoint.cut-complete': (d) => `saved together with all below it: ${d.members} checkpoints within ${d.spanMs} ms`,
  'checkpoint.cut-restoring': (d) =>
    `goes back to a cut with ${d.members} agents: their epochs before are fenced${d.leftOut ? `, ${d.leftOut} agents are left out` : ''}`,
  'checkpoint.cut-restored': (d) => `went back to a cut: ${d.started} agents started${d.failed ? `, ${d.failed} did not` : ''}`,
  'effect.begun': (d) => `begins ${d.description || d.key}${d.retried ? ', again' : ''}`,
  'effect.rehearsed': (d) => `rehearses ${d.description || d.key}, which is not done`,
  'effect.acknowledged': (d) => `has done ${d.key}`,
  'orphans.halted': (d) => `orphan handling halted: ${d.wouldStop} of ${d.live} live agents would be orphans; nothing was changed`,
  'cost.recorded': (d) =>
    `${d.agents ? `and its session (${d.agents.length} agents) ` : ''}spent ${cents(d.nanoUsd)} in ${d.entries} ${d.entries === 1 ? 'call' : 'calls'}${d.unpriced ? `, ${d.unpriced} unpriced` : ''}${d.late ? ' (late)' : ''}`,
  'cost.conflict': (d) => `sent the cost event ${d.eventId} again with other content; refused`,
  'cost.adjusted': (d) => `cost of ${d.refersTo} corrected by ${cents(d.nanoUsd)}${d.reason ? `: ${d.reason}` : ''}`,
  'budget.set': (d) =>
    `budget ${d.afterNanoUsd === null ? 'taken away' : `set to ${cents(d.afterNanoUsd)}`} (before: ${d.beforeNanoUsd === null ? 'none' : cents(d.beforeNanoUsd)})${d.reason ? `: ${d.reason}` : ''}`,
  'budget.made': (d) => `budget ${d.name} made: ${termsOf(d.after)}`,
  'budget.edited': (d) =>
    `budget ${d.name} changed to ${termsOf(d.after)} (before: ${termsOf(d.before)})${d.reason ? `: ${d.reason}` : ''}`,
  'budget.removed': (d) => `budget ${d.name} removed (${termsOf(d.before)})${d.reason ? `: ${d.reason}` : ''}`,
  'budget.warned': (d) => `budget ${d.name} has reached its soft limit: ${d.spentUsd} of ${d.softUsd} USD${todayOf(d)}`,
  'budget.reached': (d) => `budget ${d.name} is used up: ${d.spentUsd} of ${d.hardUsd} USD${todayOf(d)}; ${reachedWords[d.action]}`,
  'budget.reopened': (d) => `budget ${d.name} is open again: ${d.spentUsd} USD spent${todayOf(d)}`,
  'budget.reserved': (d) => `reserved ${cents(d.nanoUsd)}`,
  'budget.settled': (d) => `settled a reservation of ${cents(d.nanoUsd)} with ${cents(d.costNanoUsd)}`,
  'budget.overshot': (d) => `spent ${cents(d.aboveNanoUsd)} above its reservation of ${cents(d.nanoUsd)}`,
  'budget.released': (d) => `gave a reservation of ${cents(d.nanoUsd)} back`,
  'budget.unknown': (d) => `what its reservation of ${cents(d.nanoUsd)} cost is unknown (${d.why.replace('-', ' ')}); it stays counted`,
  'cost.mismatch': (d) => `has a sum that is not its ledger: ${d.field} is ${d.stored}, the entries say ${d.ledger}`,
  'budget.near': (d) => `is near the end of its budget: ${d.spentUsd} of ${d.budgetUsd} USD`,
  'budget.exceeded': (d) => `is over its budget: ${d.spentUsd} of ${d.budgetUsd} USD`,
  'task.added': (d) => `“${d.title}” was added (${d.state})`,
  'task.claimed': (d) => `claimed by ${d.agentId} (attempt ${d.attempt})`,
  'task.renewed': (d) => `lease renewed by ${d.agentId}`,
  'task.completed': (d) => `done by ${d.agentId}`,
  'task.submitted': (d) =>
    `said to be done by ${d.agentId}; ${d.missing.length ? `missing: ${d.missing.join(', ').slice(0, 160)}` : 'waits for a person'}`,
  'task.accepted': (d) =>
    `accepted${d.reason ? `: ${d.reason}` : ''}${d.overrode.length ? ` (overrode what is missing: ${d.overrode.join(', ').slice(0, 160)})` : ''}`,
  'task.rejected': (d) => `sent back: ${d.reason.slice(0, 160)}; now ${d.next}`,
  'task.edited': (d) => `changed: ${Object.keys(d.changed).join(', ')}`,
  'task.subtask-added': (d) => `the sub-task ${d.subtaskId} was added`,
  'task.artefact-added': (d) => `${d.kind} “${d.name}” was added`,
  'task.commented': () => 'commented on',
  'task.attempt-failed': (d) => `attempt ${d.attempt} failed${d.error ? `: ${d.error.slice(0, 160)}` : ''}; now ${d.next}`,
  'task.released': (d) => `returned (${d.why.replace('-', ' ')})`,
  'task.ready': (d) => `ready (${d.why.replaceAll('-', ' ')})`,
  'task.scheduled': (d) => `waits until ${isoOf(d.notBeforeMs)}`,
  'task.blocked': (d) => `waits for ${d.waitingFor.length} ${d.waitingFor.length === 1 ? 'task' : 'tasks'} again`,
  'task.depends': (d) =>
    `${[d.added.length ? `waits for ${d.added.length} more` : '', d.removed.length ? `for ${d.removed.length} fewer` : ''].filter(Boolean).join(', ')}`,
  'task.stuck': (d) =>
    d.on === null ? 'can go on again once what it waits for is done' : `is stuck: ${d.on} will not finish as things stand`,
  'task.cancelled': (d) => `cancelled${d.reason ? `: ${d.reason}` : ''}`,
  'task.prioritised': (d) => `priority set to ${d.priority}`,
  'task.superseded': (d) => `a late ${d.verb} with the old token ${d.token} was refused`,
  'project.configured': (d) => {
    const changed = limitNames.filter((n) => d.before.limits[n] !== d.after.limits[n]);
    const limits = changed.map((n) => `${n} ${d.before.limits[n]} → ${d.after.limits[n]}`);
    const policy = JSON.stringify(d.before.onParentExit) === JSON.stringify(d.after.onParentExit) ? [] : ['the policy for orphans'];
    const kept = d.after.checkpoints;
    const isSame = JSON.stringify(d.before.checkpoints) === JSON.stringify(kept);
    const checkpoints = isSame || !kept ? [] : [`checkpoints kept: ${kept.keep} and those of ${kept.keepForMs / 3_600_000} h`];
    return `settings changed: ${[...limits, ...policy, ...checkpoints].join(', ')}`;
  },
  'project.halted': (d) => `everything is stopped and nothing new starts${d.reason ? `: ${d.reason}` : ''}`,
  'project.price-set': (d) =>
    `${d.model}${d.provider ? ` of ${d.provider}` : ''} costs ${d.rates ? `${perMillion(d.rates.inputPico)} in and ${perMillion(d.rates.outputPico)} out a million tokens` : 'its list price again'}, by version ${d.version}${d.reason ? `: ${d.reason}` : ''}`,
  'project.reopened': (d) => `open again: agents may start${d.reason ? `: ${d.reason}` : ''}`,
  'lock.defined': (d) => `lock ${d.name} has ${d.permits} ${d.permits === 1 ? 'permit' : 'permits'}`,
  'lock.granted': (d) => `lock ${d.name} granted to ${d.agentId} (token ${d.token}${waited(d.waitedMs)})`,
  'lock.waiting': (d) => `${d.agentId} waits for the lock ${d.name}`,
  'lock.resumed': (d) => `${d.agentId} asked again for the same`,
  'lock.renewed': (d) => `${d.agentId} renewed its lease`,
  'lock.freed': (d) => `lock ${d.name} freed from ${d.agentId} (${d.why.replace('-', ' ')}${d.reason ? `: ${d.reason}` : ''})`,
  'lock.wait-ended': (d) =>
    `${d.agentId} no longer waits for the lock ${d.name} (${d.why.replace('-', ' ')}${d.cycle ? `: ${d.cycle.join(' → ')}` : ''})`,
  'barrier.opened': (d) => `barrier ${d.name} waits for ${d.parties} parties (generation ${d.generation})`,
  'barrier.arrived': (d) => `${d.agentId} came to the barrier ${d.name} as number ${d.index + 1}`,
  'barrier.resumed': (d) => `${d.agentId} asked again for the same`,
  'barrier.left': (d) => `${d.agentId} left the barrier ${d.name} (${d.why.replace('-', ' ')}${d.cycle ? `: ${d.cycle.join(' → ')}` : ''})`,
  'barrier.released': (d) => `barrier ${d.name} let ${d.parties.length} parties go (generation ${d.generation})`,
  'barrier.broken': (d) => `barrier ${d.name} broke: ${d.agentId} left (${d.why.replace('-', ' ')}), ${d.parties.length} were waiting`,
  'agent.waiting': (d) => `waits for the end of ${d.at.replace(':', ' ')}`,
  'agent.wait-resumed': (d) => `asked again for the end of ${d.at.replace(':', ' ')}`,
  'agent.wait-ended': (d) =>
    d.why === 'served'
      ? `waited for the end of ${d.at.replace(':', ' ')}: ${d.state}`
      : `no longer waits for the end of ${d.at.replace(':', ' ')} (${d.why.replace('-', ' ')}${d.cycle ? `: ${d.cycle.join(' → ')}` : ''})`,
  'repository.registered': (d) => `repository ${d.name} registered (${d.path})`,
  'change.proposed': change('change.proposed'),
  'change.restarted': change('change.restarted'),
  'change.assessed': change('change.assessed'),
  'change.isolated': change('change.isolated'),
  'change.gate': change('change.gate'),
  'change.test-verified': change('change.test-verified'),
  'change.validated': change('change.validated'),
  'change.awaiting-approval': change('change.awaiting-approval'),
  'change.approved': change('change.approved'),
  'change.endorsed': change('change.endorsed'),
  'change.rejected': change('change.rejected'),
  'change.commented': change('change.commented'),
  'change.withdrawn': change('change.withdrawn'),
  'change.expired': change('change.expired'),
  'change.refused': change('change.refused'),
  'change.failed': change('change.failed'),
  'change.merging': change('change.merging'),
  'change.merge-failed': change('change.merge-failed'),
  'change.base-moved': change('change.base-moved'),
  'change.merged': change('change.merged'),
  'change.rollback-asked': change('change.rollback-asked'),
  'change.rolled-back': change('change.rolled-back'),
  'change.rollback-failed': change('change.rollback-failed'),
  'change.activating': change('change.activating'),
  'change.leased': change('change.leased'),
  'change.held': change('change.held'),
  'change.quiet': change('change.quiet'),
  'change.overdue': change('change.overdue'),
  'change.healthy': change('change.healthy'),
  'change.unhealthy': change('change.unhealthy'),
  'change.thawed': change('change.thawed'),
  'runner.registered': (d) => `runner ${d.name} on ${d.host} (${d.containment})`,
};

/**
 * The sentence of any fact of the log; of a kind that this version does not know, its name.
 *
 * Use it wherever a person reads of what happened, so that the same fact has the same words everywhere.
 *
 * @example
 * eventSentence({ type: 'task.completed', data: { agentId: 'agt_1' } }); // → 'done by agt_1'
 * eventSentence({ type: 'from.tomorrow', data: {} }); // → 'from.tomorrow'
 */
export const eventSentence = (e: { type: string; data: unknown }): string => {
  const say = eventSentences[e.type as EventType] as ((d: unknown) => string) | undefined;
  return say ? say(e.data) : e.type;
};
