import type { StopReceiptLine, StopSummary, StopWave } from '@reeve/core/vocabulary';
import { describe, expect, it } from 'vitest';
import { actorWords, receiptRows, summaryOf } from './stop-words';

const wave = (n: number, members: number, ended: number, unconfirmed = 0): StopWave => ({
  wave: n,
  members,
  asked: members - ended - unconfirmed,
  ended,
  unconfirmed,
});
const stop = (...waves: StopWave[]): StopSummary => ({
  id: 's',
  state: 'stopping',
  agentId: 'a',
  name: 'a',
  mode: 'graceful',
  propagation: 'foreground',
  reason: '',
  actor: '',
  acceptedAt: '',
  deadline: '',
  endedAt: null,
  enlisting: false,
  waves,
});

describe('what is said of a stop (I-STOP-9)', () => {
  it('counts only those with an outcome, and never an unconfirmed one as ended', () => {
    expect(summaryOf(stop(wave(0, 1, 1), wave(1, 1, 0))).text).toBe('1 of 2 ended, with evidence');
    expect(summaryOf(stop(wave(0, 1, 0, 1), wave(1, 1, 0))).text).toBe('0 of 2 ended, with evidence; 1 unconfirmed');
    expect(summaryOf(stop(wave(0, 1, 0, 1), wave(1, 1, 1))).text).toBe('1 of 2 ended, with evidence; 1 unconfirmed');
    expect(summaryOf(stop(wave(0, 1, 1), wave(1, 1, 1))).text).toBe('All 2 agents ended, with evidence');
    expect(summaryOf(stop(wave(0, 1, 1))).text).toBe('The agent ended, with evidence');
  });
  it('does not speak of all while a large stop still enlists its members', () => {
    expect(summaryOf({ ...stop(wave(0, 500, 500)), enlisting: true }).text).toBe(
      'All are fenced; 500 of the first 500 ended, with evidence',
    );
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
  it('puts each wave under its own head, also where its lines came in parts', () => {
    const line = (agentId: string, n: number) => ({ agentId, wave: n }) as StopReceiptLine;
    const rows = receiptRows([wave(0, 3, 1), wave(2, 1, 0)], [line('a', 0), line('b', 0), line('root', 2)]);
    expect(rows.map((r) => r.key)).toEqual(['wave 0', 'a', 'b', 'wave 2', 'root']);
    expect(rows.filter((r) => r.kind === 'wave').map((r) => r.at)).toEqual([0, 1]);
  });
});
