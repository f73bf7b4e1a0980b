import type { OrphanCase } from '@reeve/core/vocabulary';
import { expect, it } from 'vitest';
import { policyWords, sweepWords, wouldWords } from './orphan-words';

const orphan = (over: Partial<OrphanCase['would']> = {}, policy: Partial<OrphanCase['policy']> = {}, below = 0) =>
  ({
    below,
    policy: { action: 'stop', from: 'default', ignoredUntil: null, ...policy },
    would: { action: 'stop', to: null, because: 'its parent is failed', stoppedWith: null, ...over },
  }) as OrphanCase;

it('an orphan says what the next sweep would do, and whose word that is', () => {
  expect(wouldWords(orphan({}, {}, 3), false)).toBe('stop it with 3 below it');
  expect(wouldWords(orphan({ action: 'reparent', to: { agentId: 'a', name: 'Lead' } }), false)).toBe('move it under Lead');
  expect(wouldWords(orphan({ action: 'reparent' }), false)).toBe('move it to the top: no ancestor lives');
  expect(wouldWords(orphan({ stoppedWith: 'a' }), false)).toBe('stop it with the orphan above it');
  expect(policyWords(orphan().policy)).toBe('stop it, says the default');
  expect(policyWords(orphan({}, { action: 'reparent', from: 'agent' }).policy)).toBe('move it up, says its own policy');
});
it('a policy that is not followed says why (I-ORPH-6)', () => {
  expect(wouldWords(orphan({}, { action: 'reparent' }), false)).toBe('stop it; moved, it would escape a stop');
  expect(wouldWords(orphan({ action: 'ignore', because: 'a stop under way has it already' }), false)).toBe(
    'Nothing: a stop under way has it already',
  );
});
it('a halted sweep promises nothing (I-ORPH-7)', () => {
  expect(wouldWords(orphan(), true)).toBe('Nothing while the sweep is halted; else: stop it');
  expect(sweepWords({ halted: true, would: { stop: 12, reparent: 1, ignore: 0 } })).toBe('Halted. It would stop 12, move 1 up.');
  expect(sweepWords({ halted: false, would: { stop: 0, reparent: 0, ignore: 2 } })).toBe('The next sweep would leave 2.');
});
