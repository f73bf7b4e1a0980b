import type { StopReceiptLine, StopView } from '@reeve/core/vocabulary';
import { describe, expect, it } from 'vitest';
import { actorWords, summaryOf, wavesOf } from './stop-words';

const line = (agentId: string, wave: number, outcome: StopReceiptLine['outcome']): StopReceiptLine => ({
  agentId,
  name: agentId,
  wave,
  outcome,
  evidence: null,
  askedAt: null,
  killedAt: null,
  deadline: '',
  endedAt: null,
});
const stop = (...receipt: StopReceiptLine[]): StopView => ({
  id: 's',
  state: 'stopping',
  agentId: 'a',
  mode: 'graceful',
  propagation: 'foreground',
  reason: '',
  actor: '',
  acceptedAt: '',
  deadline: '',
  endedAt: null,
  receipt,
});

describe('what is said of a stop (I-STOP-9)', () => {
  it('counts only those with an outcome, and never an unconfirmed one as ended', () => {
    expect(summaryOf(stop(line('a', 1, null), line('b', 0, 'stopped'))).text).toBe('1 of 2 ended, with evidence');
    expect(summaryOf(stop(line('a', 1, null), line('b', 0, 'unconfirmed'))).text).toBe('0 of 2 ended, with evidence; 1 unconfirmed');
    expect(summaryOf(stop(line('a', 1, 'killed'), line('b', 0, 'unconfirmed'))).text).toBe('1 of 2 ended, with evidence; 1 unconfirmed');
    expect(summaryOf(stop(line('a', 1, 'killed'), line('b', 0, 'stopped'))).text).toBe('All 2 agents ended, with evidence');
    expect(summaryOf(stop(line('a', 0, 'completed'))).text).toBe('The agent ended, with evidence');
  });
  it('names who asked', () => {
    const nameOf = (id: string) => (id === 'agt_1' ? 'planner' : undefined);
    expect(['person:owner', 'agent:agt_1', 'project:cli', 'system:orphans', 'odd'].map((a) => actorWords(a, nameOf))).toEqual([
      'owner',
      'planner',
      'a project token',
      'Reeve itself (orphans)',
      'odd',
    ]);
  });
  it('groups by wave, leaves first', () => {
    const waves = wavesOf(stop(line('root', 2, null), line('leaf', 0, 'stopped'), line('mid', 1, null), line('leaf2', 0, 'unconfirmed')));
    expect(waves.map((w) => [w.wave, w.lines.length, w.ended, w.unconfirmed])).toEqual([
      [0, 2, 1, 1],
      [1, 1, 0, 0],
      [2, 1, 0, 0],
    ]);
  });
});
