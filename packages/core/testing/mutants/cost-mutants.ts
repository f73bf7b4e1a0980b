import { type Mutant, simulation } from './mutant.ts';

const examples = { file: 'src/supervisor/handlers/costs.test.ts' };
const budgets = { file: 'src/supervisor/handlers/budgets.test.ts' };
const prices = { file: 'src/supervisor/handlers/prices.test.ts' };

export const costMutants: readonly Mutant[] = [
  {
    name: 'a retry is counted twice',
    breaks: 'I-COST-1',
    edits: [
      {
        file: 'supervisor/handlers/booking.ts',
        find: `entries.filter((_, i) => told[i] === 'accepted');`,
        replace: `entries.filter((_, i) => told[i] !== 'conflict');`,
      },
    ],
    caughtBy: simulation,
  },
  {
    name: 'the same event id with another payload passes for a retry',
    breaks: 'I-COST-1',
    edits: [{ file: 'memory/memory-appends.ts', find: `'duplicate' : 'conflict'`, replace: `'duplicate' : 'duplicate'` }],
    caughtBy: examples,
  },
  {
    name: 'sums in floating point',
    breaks: 'I-COST-2',
    edits: [
      {
        file: 'costs/rollup.ts',
        find: '    own.ownNanoUsd += cost;\n',
        replace: '    own.ownNanoUsd = BigInt(Math.floor((Number(own.ownNanoUsd) / 1e9 + Number(cost) / 1e9) * 1e9));\n',
      },
    ],
    caughtBy: simulation,
  },
  {
    name: 'a call counts for the agent and its parent alone',
    breaks: 'I-COST-3',
    edits: [{ file: 'costs/rollup.ts', find: 'for (const id of e.path) {', replace: 'for (const id of e.path.slice(-2)) {' }],
    caughtBy: simulation,
  },
  {
    name: 'what comes after a stop is not marked late',
    breaks: 'I-COST-7',
    edits: [
      {
        file: 'supervisor/handlers/costs.ts',
        find: 'isFinalAgent(a.state) || (isAnyFenced && a.path.some((id) => known.get(id)?.stopId))',
        replace: 'isFinalAgent(a.state) && a.stopId === null',
      },
    ],
    caughtBy: simulation,
  },
  {
    name: 'a call without a price costs nothing, silently',
    breaks: 'I-COST-8',
    edits: [{ file: 'costs/rollup.ts', find: 'const unpriced = unpricedOf(e);', replace: 'const unpriced = 0;' }],
    caughtBy: simulation,
  },
  {
    name: 'a call that is priced anew stays one without a price',
    breaks: 'I-COST-8',
    edits: [{ file: 'costs/price-override.ts', find: '{ unpricedDelta: staysUnpriced ? 1 : -1 }', replace: '{}' }],
    caughtBy: prices,
  },
  {
    name: 'a budget looks at the money that is gone, not at what is on its way',
    breaks: 'I-COST-5',
    edits: [
      {
        file: 'costs/budget.ts',
        find: 's.budgetNanoUsd - s.settledNanoUsd - s.reservedNanoUsd - s.unknownNanoUsd;',
        replace: 's.budgetNanoUsd - s.settledNanoUsd;',
      },
    ],
    caughtBy: { file: 'src/supervisor/handlers/costs.property.test.ts' },
  },
  {
    name: 'a call that was aborted cost nothing',
    breaks: 'I-COST-6',
    edits: [{ file: 'costs/reservation.ts', find: `r.state === 'unknown' ? rest : 0n`, replace: '0n' }],
    caughtBy: budgets,
  },
  {
    name: 'a correction is booked where the agent is now',
    breaks: 'I-COST-4',
    edits: [
      {
        file: 'supervisor/handlers/budgets.ts',
        find: '      priceVersion: null,\n      late,\n',
        replace: '      priceVersion: null,\n      ...{ path: [agent.value.id] },\n      late,\n',
      },
    ],
    caughtBy: budgets,
  },
];
