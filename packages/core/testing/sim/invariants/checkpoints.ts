import type { Invariant } from './invariant.ts';

const changing = [
  'agents.register',
  'agents.finish',
  'agents.heartbeat',
  'tasks.add',
  'tasks.claim',
  'locks.acquire',
  'checkpoints.save',
  'effects.begin',
];

export const checkpointInvariants: readonly Invariant[] = [
  {
    id: 'I-CKPT-2',
    says: 'only the current epoch saves, and only what is newer than all before',
    on: ['checkpoint.saved'],
    fact(m, e) {
      if (e.type !== 'checkpoint.saved') return undefined;
      const latest = m.remember('I-CKPT-2', () => new Map<string, { epoch: number; sequence: number }>());
      const before = latest.get(e.subjectId);
      const { epoch, sequence, trigger } = e.data;
      latest.set(e.subjectId, { epoch, sequence });
      const current = m.replay.agents.get(e.subjectId)?.epoch;
      // what a fork begins with stands before its first epoch
      if (epoch !== current && !(trigger === 'fork' && epoch === 0 && current === 1))
        return `${e.subjectId} saved in epoch ${epoch}, it is in ${current}`;
      if (before && (epoch < before.epoch || (epoch === before.epoch && sequence <= before.sequence)))
        return `${e.subjectId} saved ${epoch}/${sequence} over ${before.epoch}/${before.sequence}`;
      return undefined;
    },
  },
  {
    id: 'I-CKPT-5',
    says: 'what may have been done is not begun again unasked',
    on: ['effect.begun', 'effect.acknowledged'],
    fact(m, e) {
      const begun = m.remember('I-CKPT-5', () => new Map<string, string>());
      if (e.type === 'effect.acknowledged') begun.set(`${e.subjectId} ${e.data.key}`, 'done');
      if (e.type !== 'effect.begun') return undefined;
      const key = `${e.subjectId} ${e.data.key}`;
      const before = begun.get(key);
      begun.set(key, e.data.attemptId);
      return before && before !== e.data.attemptId && !e.data.retried ? `${key} was begun again` : undefined;
    },
  },
  {
    id: 'I-CKPT-7',
    says: 'epochs only grow, and the old one changes nothing any more',
    on: ['agent.restored', 'agent.restarted'],
    fact(m, e) {
      if (e.type !== 'agent.restored' && e.type !== 'agent.restarted') return undefined;
      const before = m.replay.agents.get(e.subjectId)?.epoch ?? 0;
      return e.data.epoch > before ? undefined : `${e.subjectId} went from epoch ${before} to ${e.data.epoch}`;
    },
    answer(m, command, result, alone) {
      const { actor } = command;
      if (!alone || !result.ok || actor.kind !== 'agent' || !changing.includes(command.type)) return undefined;
      const current = m.replay.agents.get(actor.id)?.epoch ?? actor.epoch;
      return current > actor.epoch ? `${command.type} by epoch ${actor.epoch} of ${actor.id}, which is in ${current}` : undefined;
    },
  },
];
