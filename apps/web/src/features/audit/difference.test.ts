import { expect, it } from 'vitest';
import { changedFields } from './difference';

it('only what changed is shown, with a dash for what was not there', () => {
  expect(changedFields({ state: 'running', name: 'a', stopId: null }, { state: 'stopping', name: 'a', stopId: 'stp_1' })).toEqual([
    { field: 'state', before: 'running', after: 'stopping' },
    { field: 'stopId', before: '—', after: 'stp_1' },
  ]);
});
it('records within records are told by their fields, and money in dollars', () => {
  expect(changedFields({ limits: { depth: 64, children: 5 } }, { limits: { depth: 8, children: 5 } })).toEqual([
    { field: 'limits.depth', before: '64', after: '8' },
  ]);
  expect(changedFields({ budgetNanoUsd: null }, { budgetNanoUsd: '2500000000' })).toEqual([
    { field: 'budget', before: '—', after: '2.5 USD' },
  ]);
});
it('what was made shows what it was made with; nothing shows nothing; long text is cut', () => {
  expect(changedFields(null, { path: '/srv' })).toEqual([{ field: 'path', before: '—', after: '/srv' }]);
  expect(changedFields(null, null)).toEqual([]);
  expect(changedFields(null, { x: 'y'.repeat(500) })[0]?.after).toHaveLength(120);
});
