import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { allOrNothingCases } from './all-or-nothing.cases.ts';
import { auditCases } from './audit.cases.ts';
import { budgetsCases } from './budgets.cases.ts';
import { checkpointsCases } from './checkpoints.cases.ts';
import { claimsCases } from './claims.cases.ts';
import { coordinationCases } from './coordination.cases.ts';
import { type Fault, faultsCases } from './faults.cases.ts';
import { ledgerCases } from './ledger.cases.ts';
import { ledgerAtScaleCases } from './ledger-at-scale.cases.ts';
import { oneAtATimeCases } from './one-at-a-time.cases.ts';
import { questionsCases } from './questions.cases.ts';
import { recordsCases } from './records.cases.ts';
import { stopsCases } from './stops.cases.ts';
import { StoreBench, type StoreUnderTest } from './store-bench.ts';
import { tokensCases } from './tokens.cases.ts';

export type { Fault } from './faults.cases.ts';
export type { StoreUnderTest } from './store-bench.ts';

/** What every store promises to the supervisor; the same tests for each. A subject a file. */
export function describeStoreContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`the contract of stores: ${name}`, () => {
    const bench = new StoreBench();
    beforeAll(() => bench.open(open));
    afterAll(() => bench.on?.close());
    beforeEach(() => bench.begin());

    recordsCases(bench);
    questionsCases(bench);
    allOrNothingCases(bench);
    oneAtATimeCases(bench);
    ledgerCases(bench);
    ledgerAtScaleCases(bench);
    budgetsCases(bench);
    tokensCases(bench);
    claimsCases(bench);
    coordinationCases(bench);
    checkpointsCases(bench);
    stopsCases(bench);
    auditCases(bench);
  });
}

/** What every store promises while something goes wrong; `fault` says what that is. */
export function describeStoreUnderFault(name: string, open: () => Promise<StoreUnderTest>, fault: Fault): void {
  describe(`the contract of stores: ${name}`, () => {
    const bench = new StoreBench();
    beforeAll(() => bench.open(open));
    afterAll(() => bench.on?.close());
    beforeEach(() => bench.begin());
    faultsCases(bench, fault);
  });
}
