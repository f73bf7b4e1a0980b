import type { CommandMap } from '../../../src/supervisor/commands.ts';
import type { Random } from '../random.ts';

/** A stop as somebody may ask for it: any mode, short graces, and now and then with an epoch that is not the agent's. */
export const drawStop = (random: Random, id: string): CommandMap['agents.stop']['in'] => ({
  id,
  mode: random.pick(['drain', 'graceful', 'graceful', 'force'] as const),
  graceMs: random.between(0, 12) * 500,
  killConfirmMs: random.between(0, 4) * 500,
  reason: 'enough',
  dryRun: false,
  ...(random.chance(0.1) ? { expectEpoch: random.between(1, 2) } : {}),
});
