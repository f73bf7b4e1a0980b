import { type AgentRow, decodeAgent } from '@reeve/core/vocabulary';
import { expect, it } from 'vitest';
import { decodeRow } from './decode-row';

it('names the columns as core does', () => {
  const row = Array.from({ length: 22 }, (_, i) => `column ${i}`) as unknown as AgentRow;
  expect(decodeRow(row)).toEqual(decodeAgent(row));
  expect(Object.keys(decodeRow(row))).toHaveLength(row.length);
});
