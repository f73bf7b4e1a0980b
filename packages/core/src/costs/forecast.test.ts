import { expect, it } from 'vitest';
import { exhaustedAtMs, levelOf } from './forecast.ts';

const at = (settled: bigint, reserved = 0n, unknown = 0n) => ({
  agentId: 'a',
  budgetNanoUsd: 100n,
  settledNanoUsd: settled,
  reservedNanoUsd: reserved,
  unknownNanoUsd: unknown,
});

it.each([
  ['79', at(79n), 'ok'],
  ['80', at(80n), 'near'],
  ['40 + 20 + 20', at(40n, 20n, 20n), 'near'],
  ['99', at(99n), 'near'],
  ['100', at(100n), 'used'],
  ['50 + 25 + 25', at(50n, 25n, 25n), 'used'],
  ['100 + 10', at(100n, 10n), 'used'],
  ['101', at(101n), 'exceeded'],
] as const)('the level of %s of 100', (_, standing, level) => {
  expect(levelOf(standing)).toBe(level);
});
it('a forecast counts what is reserved and unknown as gone, and says nothing of what is a year away', () => {
  expect(exhaustedAtMs(at(40n, 10n, 10n), 40n, 1_000)).toBe(3_601_000);
  expect(exhaustedAtMs({ ...at(0n), budgetNanoUsd: 10n ** 15n }, 1n, 0)).toBeNull();
  expect(exhaustedAtMs(at(120n), 0n, 7)).toBe(7);
  expect(exhaustedAtMs(at(0n), -5n, 7)).toBeNull();
});
