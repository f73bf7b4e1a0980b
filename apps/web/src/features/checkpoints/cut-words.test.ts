import { describe, expect, it } from 'vitest';
import { cutWords, missingWords, startOf } from './cut-words';

const member = (missing: 'ended' | 'waiting' | null) =>
  ({ agentId: 'a', name: 'coder', parentId: null, epoch: 1, checkpointId: null, savedAt: null, missing }) as const;

describe('a cut in words', () => {
  it('says how many saved, and how far apart', () => {
    expect(cutWords({ state: 'complete', members: [member(null), member(null)], spanMs: 1_240 })).toBe('all 2 agents, within 1.2 s');
    expect(cutWords({ state: 'forming', members: [member(null), member('waiting')], spanMs: 0 })).toBe(
      '1 of 2 agents saved, the others are asked',
    );
    expect(cutWords({ state: 'partial', members: [member(null), member('ended')], spanMs: 0 })).toBe('1 of 2 agents');
  });
  it('says who is missing and why, and how far a start has come', () => {
    expect(missingWords(member('ended'))).toBe('coder: ended before it saved');
    expect(missingWords(member(null))).toBe('');
    expect(startOf({ state: 'waiting', why: null })).toBe('waits for its parent');
    expect(startOf({ state: 'waiting', why: 'its runner is away' })).toBe('waits: its runner is away');
    expect(startOf({ state: 'failed', why: 'no such file' })).toBe('did not start: no such file');
  });
});
