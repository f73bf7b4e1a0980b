import { fingerprint } from '../../../src/memory/memory-ids.ts';
import { type Handed, type LoopState, loopBook, mostOfStep, replayed, sameState } from '../loop-book.ts';
import type { Model } from '../model.ts';
import type { Invariant } from './invariant.ts';

/** What is saved, against what the loops themselves know to be true (`LoopBook`). */
export const savedStateInvariants: readonly Invariant[] = [
  {
    id: 'I-CKPT-1',
    says: 'what counts as saved is stored whole, as it was told',
    on: ['checkpoint.saved'],
    fact(m, e) {
      if (e.type !== 'checkpoint.saved') return undefined;
      const { checkpointId, epoch, sequence, digest } = e.data;
      const body = m.state.checkpoints.get(checkpointId)?.bodyText;
      if (body === undefined || fingerprint(body) !== digest) return `${checkpointId} of ${e.subjectId} is stored as ${body}`;
      const truth = loopBook(m).savedAt(e.subjectId, epoch, sequence);
      const { state } = JSON.parse(body);
      return truth && !sameState(inOrder(truth), inOrder(state))
        ? `${checkpointId} has ${body} in place of ${JSON.stringify(truth)}`
        : undefined;
    },
    answer(m, command, result) {
      if (!result.ok || (command.type !== 'checkpoints.restore' && command.type !== 'checkpoints.resume')) return undefined;
      const c = m.state.checkpoints.get(command.input.id)?.checkpoint;
      const truth = c && loopBook(m).savedAt(c.agentId, c.epoch, c.sequence);
      const { state } = result.value as { state: LoopState };
      return truth && !sameState(inOrder(truth), inOrder(state)) ? `${c.id} was handed out as ${JSON.stringify(state)}` : undefined;
    },
  },
  {
    id: 'I-CKPT-3',
    says: 'one save at a time, and what no stored state has in it is counted, no more and no less',
    check(m) {
      for (const [agentId, loop] of loopBook(m).all()) {
        if (loop.savesUnderWay > 1) return `${agentId} has ${loop.savesUnderWay} saves under way`;
        if (loop.isSaving) continue;
        const { pending, state, stored } = loop;
        if (pending.tools !== state.tools - stored.tools)
          return `${agentId} counts ${pending.tools} tools, it ran ${state.tools - stored.tools}`;
        if (Number(pending.costNanoUsd) !== state.nanoUsd - stored.nanoUsd)
          return `${agentId} counts ${pending.costNanoUsd} nano-USD, it spent ${state.nanoUsd - stored.nanoUsd}`;
      }
      return undefined;
    },
  },
  {
    id: 'I-CKPT-4',
    says: 'a snapshot and the events behind it give the state before the crash',
    answer(m, command, result) {
      if (!result.ok || (command.type !== 'checkpoints.restore' && command.type !== 'checkpoints.resume')) return undefined;
      const c = m.state.checkpoints.get(command.input.id)?.checkpoint;
      if (!c) return undefined;
      const book = loopBook(m);
      const handed = result.value as Handed & { agentId: string; epoch: number; launched?: boolean };
      const last = handed.eventsAfter.at(-1) ?? { epoch: c.epoch, sequence: c.eventSequence };
      const truth = book.at(c.agentId, last.epoch, last.sequence);
      const state = replayed(handed);
      if (!truth || !sameState(inOrder(truth), inOrder(state)))
        return `${c.id} replayed is ${JSON.stringify(state)}, at ${last.epoch}/${last.sequence} it was ${JSON.stringify(truth)}`;
      if (command.type === 'checkpoints.resume') return undefined;
      if (handed.agentId !== c.agentId) {
        // a fork has both as its own, before its first epoch
        book.noteSave(handed.agentId, 0, c.sequence, handed.state as LoopState);
        book.note(handed.agentId, 0, c.eventSequence + handed.eventsAfter.length, state);
        return undefined;
      }
      if (!m.lastCommit?.events.some((e) => e.type === 'agent.restored' && e.subjectId === c.agentId)) return undefined;
      // the epoch that has just ended; what came of one before while it ended is late, and was stored as such
      const epoch = handed.epoch - 1;
      const mine = handed.eventsAfter.filter((e) => e.epoch === epoch);
      const to = mine.at(-1)?.sequence ?? (epoch === c.epoch ? c.eventSequence : 0);
      const told = book.epochsOf(c.agentId).get(epoch)?.acknowledged ?? 0;
      return to < told ? `${c.agentId} was told that ${epoch}/${told} is stored, handed out is up to ${to}` : undefined;
    },
  },
  {
    id: 'I-CKPT-6',
    says: 'a crash loses at most one threshold and one step of what the latest checkpoint can tell, and that is where it goes on',
    on: ['agent.restored', 'agent.restarted'],
    fact(m, e) {
      if (e.type !== 'agent.restored' && e.type !== 'agent.restarted') return undefined;
      const latest = latestOf(m, e.subjectId);
      if (e.type === 'agent.restarted') {
        const order = [...m.state.orders.values()].find(
          ({ payload: o }) => o.kind === 'launch' && o.agentId === e.subjectId && o.epoch === e.data.epoch,
        );
        const from = order?.payload.kind === 'launch' ? order.payload.restore : undefined;
        if (order && from !== latest?.id) return `${e.subjectId} starts again from ${from}, its latest is ${latest?.id}`;
        if (from) m.hit('agent restarted from a checkpoint');
      }
      const loop = loopBook(m)
        .epochsOf(e.subjectId)
        .get(e.data.epoch - 1);
      const saved = latest ? loopBook(m).savedAt(e.subjectId, latest.epoch, latest.sequence) : undefined;
      if (!loop || (latest && !saved)) return undefined;
      const lost = { tools: loop.state.tools - (saved?.tools ?? 0), nanoUsd: loop.state.nanoUsd - (saved?.nanoUsd ?? 0) };
      if (lost.tools > 0) m.hit('crash between two checkpoints');
      const { patient, thresholds } = loop.habits;
      if (!patient) return undefined;
      const most = { tools: thresholds.tools - 1 + mostOfStep.tools, nanoUsd: Number(thresholds.costNanoUsd) - 1 + mostOfStep.nanoUsd };
      return lost.tools > most.tools || lost.nanoUsd > most.nanoUsd
        ? `${e.subjectId} loses ${JSON.stringify(lost)}, at most ${JSON.stringify(most)} may go`
        : undefined;
    },
  },
];

function latestOf(m: Model, agentId: string) {
  let latest: { id: string; epoch: number; sequence: number } | undefined;
  for (const { checkpoint: c } of m.state.checkpoints.values()) {
    if (c.agentId !== agentId) continue;
    if (!latest || c.epoch > latest.epoch || (c.epoch === latest.epoch && c.sequence > latest.sequence)) latest = c;
  }
  return latest;
}
const inOrder = ({ steps, tools, nanoUsd, mix }: LoopState): LoopState => ({ steps, tools, nanoUsd, mix });
