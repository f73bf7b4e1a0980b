import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestServer } from '../harness.ts';
import { agentsCases } from './agents.cases.ts';
import { budgetsCases } from './budgets.cases.ts';
import { checkpointsCases } from './checkpoints.cases.ts';
import { coordinationCases } from './coordination.cases.ts';
import { costTreeCases } from './cost-tree.cases.ts';
import { costsCases } from './costs.cases.ts';
import { historyCases } from './history.cases.ts';
import { liveCases } from './live.cases.ts';
import { loopsCases } from './loops.cases.ts';
import { orphansCases } from './orphans.cases.ts';
import { pricesCases } from './prices.cases.ts';
import { refusalsCases } from './refusals.cases.ts';
import { restartCases } from './restart.cases.ts';
import { runnersCases } from './runners.cases.ts';
import { scopedBudgetsCases } from './scoped-budgets.cases.ts';
import { stopsCases } from './stops.cases.ts';
import { surfacesCases } from './surfaces.cases.ts';
import { tasksCases } from './tasks.cases.ts';
import { tracesCases } from './traces.cases.ts';

// One server for all: it takes seconds to start, and the cases keep to agents and labels of their own.
let server: TestServer;
const on = () => server;
let loops: ReturnType<typeof loopsCases>;
beforeAll(async () => {
  server = await TestServer.start();
  await loops.prepare();
});
afterAll(() => server?.stop());

describe('agents', () => agentsCases(on));
describe('tasks', () => tasksCases(on));
describe('runners and changes', () => runnersCases(on));
describe('live updates', () => liveCases(on));
describe('refusals', () => refusalsCases(on));
describe('other surfaces', () => surfacesCases(on));
describe('checkpoints', () => checkpointsCases(on));
describe('costs', () => costsCases(on));
describe('the tree of costs', () => costTreeCases(on));
describe('locks and barriers', () => coordinationCases(on));
describe('budgets', () => budgetsCases(on));
describe('budgets of scopes', () => scopedBudgetsCases(on));
describe('prices', () => pricesCases(on));
describe('traces of money', () => tracesCases(on));
describe('orphans', () => orphansCases(on));
describe('receipts', () => stopsCases(on));
describe('loops', () => {
  loops = loopsCases(on);
});
describe('history', () => historyCases(on));
describe('a restart', () => restartCases(on));

it('nothing of it was a bug of the server', () => {
  expect(server.complaints.map((c) => `${c.msg}: ${c.err?.message ?? ''}`)).toEqual([]);
});
