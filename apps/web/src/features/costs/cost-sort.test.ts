import { describe, expect, it } from 'vitest';
import { nextSort, sortRows } from './cost-sort';

const row = (key: string, ownUsd: string, label = key) => ({
  key,
  label,
  ownUsd,
  subtreeUsd: ownUsd,
  inputTokens: 0,
  outputTokens: 0,
  entries: 1,
  unpriced: 0,
});

describe('sorting the cost table', () => {
  const rows = [row('a', '9.000000000', 'coder-10'), row('b', '10.000000000', 'coder-9'), row('c', '0.000000001', 'tester-1')];
  it('orders amounts by value, not by their text', () => {
    expect(sortRows(rows, { key: 'ownUsd', descending: true }).map((r) => r.key)).toEqual(['b', 'a', 'c']);
  });
  it('orders names as people count', () => {
    expect(sortRows(rows, { key: 'label', descending: false }).map((r) => r.label)).toEqual(['coder-9', 'coder-10', 'tester-1']);
  });
  it('turns round on the second press', () => {
    expect(nextSort({ key: 'ownUsd', descending: true }, 'ownUsd').descending).toBe(false);
    expect(nextSort({ key: 'ownUsd', descending: true }, 'label')).toEqual({ key: 'label', descending: false });
  });
});
