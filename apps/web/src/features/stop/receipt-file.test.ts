import type { StopView } from '@reeve/core/vocabulary';
import { expect, it } from 'vitest';
import { receiptCsv } from './receipt-file';

const line = {
  agentId: 'a',
  name: '=evil()',
  wave: 0,
  containment: 'cgroup',
  eventsFlushed: 3,
  askedAt: 't1',
  killedAt: null,
  deadline: 't2',
};
const stop = {
  receipt: [
    {
      ...line,
      outcome: 'killed',
      endedAt: 't3',
      evidence: {
        how: 'process-ended',
        detail: 'ended by SIGKILL, nothing left',
        process: { exitCode: null, signal: 'SIGKILL', survivors: 0 },
        claimsReleased: 1,
        ordersCancelled: 2,
        locksFreed: 4,
        costAfterAcceptanceUsd: '0.000000001',
      },
    },
    { ...line, agentId: 'b', name: 'open', outcome: null, evidence: null, endedAt: null },
  ],
} as unknown as StopView;

it('I-STOP-9: a receipt as CSV has everything of every member; what is not known is empty, and no name is run', () => {
  const [head, killed, open] = receiptCsv(stop).split('\r\n');
  expect(head?.split(',')).toHaveLength(19);
  expect(killed).toBe(`a,'=evil(),0,killed,process-ended,"ended by SIGKILL, nothing left",cgroup,,SIGKILL,0,t1,,t2,t3,1,2,4,3,0.000000001`);
  expect(open).toBe('b,open,0,,,,cgroup,,,,t1,,t2,,,,,3,');
});
