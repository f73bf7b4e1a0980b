import { describe, expect, it } from 'vitest';
import { entriesBehind } from './entries-behind';
import { readCostView } from './use-cost-view';

const at = { fromMs: 1, toMs: 2, within: null };
const keys = [{ key: 'root', label: 'root', own: true } as const, { key: 'a', label: 'a' }, { key: 'other', label: '3 others' }];

describe('what stands behind a figure of the chart', () => {
  it('the rest is all but the series that have a name, each as it is told apart', () => {
    expect(entriesBehind('subtree', keys[2] ?? null, at, keys)).toMatchObject({
      kind: 'all',
      except: 'agent:root\nsubtree:a',
      fromMs: 1,
      toMs: 2,
    });
    const roles = [
      { key: 'coder', label: 'coder' },
      { key: 'no role', label: 'no role' },
      { key: 'other', label: '1 others' },
    ];
    expect(entriesBehind('role', roles[2] ?? null, at, roles)).toMatchObject({ except: 'role:coder\nrole:' });
  });
  it('stands in the address, as the reservations behind a figure do', () => {
    const of = (text: string) => readCostView(new URLSearchParams(text));
    expect(of('entries=all:&except=model%3Ax%0Amodel%3Ay&from=1&to=2').entries).toEqual({
      kind: 'all',
      key: '',
      except: 'model:x\nmodel:y',
      fromMs: 1,
      toMs: 2,
    });
    expect(of('entries=budget:bud_1').entries).toEqual({ kind: 'budget', key: 'bud_1' });
    expect(of('reservations=open:budget:bud_1').reservations).toEqual({ kind: 'budget', key: 'bud_1', state: 'open' });
    expect(of('reservations=settled:budget:bud_1').reservations).toBeNull();
  });
});
