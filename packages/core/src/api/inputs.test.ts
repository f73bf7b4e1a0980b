// A row for each schema of the API, so that an edge or a default that moves is seen; long as the API is wide.
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import * as inputs from './inputs.ts';

/** What a field takes and what it refuses: the edges of what is allowed, and the first beyond them. */
type Edges = { takes: unknown[]; refuses: unknown[] };
const text = (min: number, max: number): Edges => ({
  takes: ['x'.repeat(min), 'x'.repeat(max)],
  refuses: [...(min > 0 ? ['x'.repeat(min - 1)] : []), 'x'.repeat(max + 1), 7],
});
const whole = (min: number, max: number): Edges => ({ takes: [min, max], refuses: [min - 1, max + 1, min + 0.5, 'x'] });
const list = (max: number, of: unknown): Edges => ({ takes: [[], Array(max).fill(of)], refuses: [Array(max + 1).fill(of), of] });
const oneOf = (...words: string[]): Edges => ({ takes: words, refuses: [`${words[0]}x`, ''] });
const flag: Edges = { takes: [true, false], refuses: ['x'] };
const id = text(1, 64);
const name: Edges = { takes: ['x', 'x'.repeat(200)], refuses: ['', '   ', 'x'.repeat(201)] };
const reason = text(0, 2000);
const requestId = text(1, 128);
const lease = whole(1_000, 3_600_000);
const epoch: Edges = { takes: [1, 7], refuses: [0, 1.5] };
const count = whole(0, 1e12);
const usd: Edges = {
  takes: [0, 1e9, 0.5, '0', '999999999.123456789012345678'],
  refuses: [-1, 1e9 + 1, '-1', '1234567890', '1.', '.5', '1.1234567890123456789', 'x1', '1x'],
};
const moment: Edges = {
  takes: ['1970-01-01T00:00:00Z', '2026-01-01T12:00:00.5+02:00', '9999-12-31T23:59:59.999Z'],
  refuses: ['1969-12-31T23:59:59.999Z', '1970-01-01T00:00:00+00:01', '9999-12-31T23:59:59.999-01:00', '2026-01-01', 0],
};
const lastMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
const record = (keyMax: number, value: unknown): Edges => ({
  takes: [{}, { ['k'.repeat(keyMax)]: value }],
  refuses: [{ ['k'.repeat(keyMax + 1)]: value }, 'x'],
});
const token: Edges = { takes: ['0', '1234567890123456789'], refuses: ['', '12345678901234567890', '-1', '1x', 'x1'] };
const json: Edges = { takes: [null, 1, 'x', [1, { a: [] }]], refuses: [() => 1] };
const page = { limit: { takes: [1, 1000], refuses: [0, 1001, 1.5] }, cursor: text(0, 200) };
const exit = {
  takes: [{}, { completed: 'stop', failed: 'reparent', lost: 'ignore', stopped: 'stop' }],
  refuses: [{ ended: 'stop' }, { lost: 'kill' }],
};
const state = (max: number): Edges => ({ takes: ['', 'x'.repeat(max)], refuses: ['x'.repeat(max + 1)] });
const positive: Edges = { takes: [1, 2_147_483_647], refuses: [0, 2_147_483_648, 1.5] };
const containment = oneOf('cgroup', 'pid-namespace', 'process-group', 'none');

/** Each schema with the least that it takes, what it makes of that, and the edges of each of its fields. */
const schemas: Record<
  string,
  { schema: z.ZodType; least: Record<string, unknown>; adds?: Record<string, unknown>; fields: Record<string, Edges> }
> = {
  registerAgentInput: {
    schema: inputs.registerAgentInput,
    least: { name: 'a' },
    fields: {
      name,
      parentId: { takes: [...id.takes, null], refuses: id.refuses },
      kind: text(0, 64),
      model: text(0, 200),
      role: text(0, 64),
      budgetUsd: usd,
      onParentExit: exit,
      metadata: record(100, { deep: [1] }),
      requestId,
      runnerId: id,
    },
  },
  spawnAgentInput: {
    schema: inputs.spawnAgentInput,
    least: { id: 'p', name: 'a', command: 'sleep' },
    adds: { args: [] },
    fields: {
      id,
      name,
      role: text(0, 64),
      kind: text(0, 64),
      model: text(0, 200),
      command: text(1, 4096),
      args: { takes: [[], Array(256).fill('x'), ['x'.repeat(32_768)]], refuses: [Array(257).fill('x'), ['x'.repeat(32_769)], 'x'] },
      cwd: text(0, 4096),
      env: {
        takes: [{}, { ['k'.repeat(200)]: 'x'.repeat(32_768) }],
        refuses: [{ ['k'.repeat(201)]: '' }, { k: 'x'.repeat(32_769) }, { k: 1 }],
      },
      budgetUsd: usd,
      onParentExit: exit,
      metadata: record(100, 1),
      requestId,
    },
  },
  heartbeatInput: {
    schema: inputs.heartbeatInput,
    least: { id: 'a' },
    fields: {
      id,
      epoch,
      state: oneOf('running', 'paused'),
      activity: text(0, 500),
      progress: { takes: [0, 0.5, 1], refuses: [-0.1, 1.1] },
      metrics: {
        takes: [{}, { toolsExecuted: 0 }, { toolsExecuted: 1e12 }],
        refuses: [{ toolsExecuted: -1 }, { toolsExecuted: 1e12 + 1 }],
      },
    },
  },
  heartbeatsInput: {
    schema: inputs.heartbeatsInput,
    least: { beats: [] },
    fields: {
      beats: {
        takes: [Array(1000).fill({ agentId: 'a', epoch: 1, state: 'running', activity: '', progress: 1, metrics: {} })],
        refuses: [Array(1001).fill({ agentId: 'a' }), [{}], [{ agentId: 'a', epoch: 0 }]],
      },
    },
  },
  finishAgentInput: {
    schema: inputs.finishAgentInput,
    least: { id: 'a', outcome: 'completed' },
    fields: { id, epoch, outcome: oneOf('completed', 'failed', 'stopped'), result: json, error: text(0, 20_000) },
  },
  agentEventsInput: {
    schema: inputs.agentEventsInput,
    least: { id: 'a', events: [] },
    fields: {
      id,
      events: {
        takes: [
          Array(1000).fill({ eventId: 'e', type: 't', at: '2026-01-01T00:00:00Z', data: { a: 1 } }),
          [{ eventId: 'e'.repeat(128), type: 't'.repeat(100) }],
        ],
        refuses: [
          Array(1001).fill({ eventId: 'e', type: 't' }),
          [{ eventId: '', type: 't' }],
          [{ eventId: 'e'.repeat(129), type: 't' }],
          [{ eventId: 'e', type: '' }],
          [{ eventId: 'e', type: 't'.repeat(101) }],
          [{ eventId: 'e', type: 't', at: 'now' }],
        ],
      },
    },
  },
  agentLogInput: {
    schema: inputs.agentLogInput,
    least: { id: 'a', lines: [] },
    fields: {
      id,
      lines: {
        takes: [Array(2000).fill({ stream: 'stdout', at: 0, text: '' }), [{ stream: 'stderr', at: lastMs, text: 'x'.repeat(8192) }]],
        refuses: [
          Array(2001).fill({ stream: 'stdout', at: 0, text: '' }),
          [{ stream: 'stdin', at: 0, text: '' }],
          [{ stream: 'stdout', at: -1, text: '' }],
          [{ stream: 'stdout', at: lastMs + 1, text: '' }],
          [{ stream: 'stdout', at: 0.5, text: '' }],
          [{ stream: 'stdout', at: 0, text: 'x'.repeat(8193) }],
        ],
      },
    },
  },
  listAgentsInput: { schema: inputs.listAgentsInput, least: {}, adds: { limit: 100 }, fields: { root: id, state: state(200), ...page } },
  byIdInput: { schema: inputs.byIdInput, least: { id: 'a' }, fields: { id } },
  askAgentInput: {
    schema: inputs.askAgentInput,
    least: { id: 'a' },
    adds: { reason: '', subtree: false },
    fields: { id, reason, subtree: flag },
  },
  stopAgentInput: {
    schema: inputs.stopAgentInput,
    least: { id: 'a' },
    adds: { mode: 'graceful', graceMs: 30_000, killConfirmMs: 5_000, reason: '', dryRun: false },
    fields: {
      id,
      mode: oneOf('drain', 'graceful', 'force'),
      graceMs: whole(0, 3_600_000),
      killConfirmMs: whole(0, 600_000),
      reason,
      expectEpoch: epoch,
      dryRun: flag,
    },
  },
  listStopsInput: { schema: inputs.listStopsInput, least: {}, adds: { limit: 100 }, fields: { state: oneOf('stopping', 'done'), ...page } },
  costEntryInput: {
    schema: inputs.costEntryInput,
    least: { eventId: 'e', agentId: 'a', model: 'm', inputTokens: 0, outputTokens: 0 },
    fields: {
      eventId: text(1, 128),
      agentId: id,
      model: text(1, 200),
      provider: text(0, 64),
      inputTokens: count,
      outputTokens: count,
      cachedInputTokens: count,
      cacheWriteTokens: count,
      reasoningTokens: count,
      costUsd: usd,
      at: moment,
    },
  },
  reportCostsInput: {
    schema: inputs.reportCostsInput,
    least: { events: [] },
    fields: { events: list(1000, { eventId: 'e', agentId: 'a', model: 'm', inputTokens: 1, outputTokens: 1 }) },
  },
  listCostsInput: {
    schema: inputs.listCostsInput,
    least: {},
    adds: { groupBy: 'agent', limit: 5_000 },
    fields: { root: id, groupBy: oneOf('agent', 'session', 'model', 'day', 'role'), limit: whole(1, 5_000), cursor: text(0, 200) },
  },
  listCostTreeInput: {
    schema: inputs.listCostTreeInput,
    least: {},
    adds: { sort: 'subtreeUsd', descending: true, limit: 100 },
    fields: {
      parent: id,
      sort: oneOf('label', 'ownUsd', 'subtreeUsd', 'reservedUsd', 'entries', 'unpriced'),
      descending: { takes: [true, false], refuses: ['maybe', 7] },
      ...page,
    },
  },
  costBurnInput: { schema: inputs.costBurnInput, least: { agentIds: 'a' }, fields: { agentIds: text(1, 6_500) } },
  listBudgetsInput: { schema: inputs.listBudgetsInput, least: {}, adds: { limit: 100 }, fields: page },
  costSeriesInput: {
    schema: inputs.costSeriesInput,
    least: {},
    adds: { by: 'subtree', windowMinutes: 60, maxPoints: 120 },
    fields: { root: id, by: oneOf('subtree', 'model', 'role'), windowMinutes: whole(1, 44_640), maxPoints: whole(10, 400) },
  },
  listCostEntriesInput: {
    schema: inputs.listCostEntriesInput,
    least: {},
    adds: { limit: 100 },
    fields: {
      agentId: id,
      subtree: { takes: [true, false], refuses: ['maybe', 7] },
      session: id,
      model: { takes: ['', 'm'], refuses: [1] },
      role: { takes: ['', 'r'], refuses: [1] },
      root: id,
      from: moment,
      to: moment,
      unattributed: { takes: [true, false], refuses: ['maybe', 7] },
      unpriced: { takes: [true, false], refuses: ['maybe', 7] },
      day: { takes: ['2026-01-31'], refuses: ['2026-02-30', '2026-1-1', 'today'] },
      ...page,
    },
  },
  addTaskInput: {
    schema: inputs.addTaskInput,
    least: { title: 't' },
    adds: { priority: 0, dependsOn: [], maxAttempts: 3, labels: [] },
    fields: {
      title: { takes: ['x', 'x'.repeat(500)], refuses: ['', ' ', 'x'.repeat(501)] },
      body: text(0, 100_000),
      priority: whole(-1000, 1000),
      dependsOn: list(100, 'tsk'),
      maxAttempts: whole(1, 100),
      labels: { takes: [[], Array(32).fill('l'), ['l'.repeat(64)]], refuses: [Array(33).fill('l'), [''], [' '], ['l'.repeat(65)]] },
      notBefore: moment,
      requestId,
    },
  },
  claimTasksInput: {
    schema: inputs.claimTasksInput,
    least: { agentId: 'a' },
    adds: { labels: [], leaseMs: 300_000, limit: 1, waitMs: 0 },
    fields: { agentId: id, labels: list(32, 'l'), leaseMs: lease, limit: whole(1, 100), waitMs: whole(0, 60_000), requestId },
  },
  completeTaskInput: { schema: inputs.completeTaskInput, least: { id: 't', token: '1' }, fields: { id, token, result: json } },
  failTaskInput: {
    schema: inputs.failTaskInput,
    least: { id: 't', token: '1' },
    adds: { error: '', retryable: true },
    fields: { id, token, error: text(0, 20_000), retryable: flag },
  },
  releaseTaskInput: { schema: inputs.releaseTaskInput, least: { id: 't', token: '1' }, fields: { id, token } },
  renewTaskInput: {
    schema: inputs.renewTaskInput,
    least: { id: 't', token: '1' },
    adds: { leaseMs: 300_000 },
    fields: { id, token, leaseMs: lease },
  },
  operateTaskInput: { schema: inputs.operateTaskInput, least: { id: 't' }, adds: { reason: '' }, fields: { id, reason } },
  updateTaskInput: { schema: inputs.updateTaskInput, least: { id: 't', priority: 0 }, fields: { id, priority: whole(-1000, 1000) } },
  listTasksInput: {
    schema: inputs.listTasksInput,
    least: {},
    adds: { limit: 100 },
    fields: { state: state(200), label: { takes: ['l', 'l'.repeat(64)], refuses: ['', ' ', 'l'.repeat(65)] }, ...page },
  },
  layerRule: { schema: inputs.layerRule, least: { pattern: '*', layer: 1 }, fields: { pattern: text(1, 500), layer: whole(1, 4) } },
  registerRepositoryInput: {
    schema: inputs.registerRepositoryInput,
    least: { name: 'r', path: '/r', gates: { test: 't' } },
    adds: { branch: 'main' },
    fields: {
      name,
      path: text(1, 4096),
      branch: text(0, 200),
      layers: list(500, { pattern: '*', layer: 1 }),
      gates: {
        takes: [
          { test: 't'.repeat(4096), typecheck: 't'.repeat(4096), lint: 't'.repeat(4096) },
          { test: 't', typecheck: '', lint: '' },
        ],
        refuses: [
          {},
          { test: '' },
          { test: 't'.repeat(4097) },
          { test: 't', typecheck: 't'.repeat(4097) },
          { test: 't', lint: 't'.repeat(4097) },
        ],
      },
      rules: {
        takes: [
          {
            splitWindowMs: 30 * 86_400_000,
            splitWindowAcross: 'session',
            minimumIsolation: 'bubblewrap',
            gateMemoryBytes: 64 * 1024 ** 2,
            fourEyes: 'always',
            parentFirst: true,
          },
          {
            splitWindowMs: 0,
            splitWindowAcross: 'line',
            minimumIsolation: 'process-group',
            gateMemoryBytes: null,
            fourEyes: 'off',
            parentFirst: false,
          },
        ],
        refuses: [
          { splitWindowMs: -1 },
          { splitWindowMs: 30 * 86_400_000 + 1 },
          { splitWindowMs: 0.5 },
          { splitWindowAcross: 'agent' },
          { minimumIsolation: 'none' },
          { gateMemoryBytes: 64 * 1024 ** 2 - 1 },
          { fourEyes: true },
          { parentFirst: 'yes' },
        ],
      },
    },
  },
  proposeChangeInput: {
    schema: inputs.proposeChangeInput,
    least: { repositoryId: 'r', agentId: 'a', title: 't', reason: 'r', testPatch: '', fixPatch: '' },
    fields: {
      repositoryId: id,
      agentId: id,
      title: { takes: ['t', 't'.repeat(300)], refuses: ['', ' ', 't'.repeat(301)] },
      reason: { takes: ['t', 't'.repeat(20_000)], refuses: ['', ' ', 't'.repeat(20_001)] },
      testPatch: text(0, 900_000),
      fixPatch: text(0, 900_000),
      requestId,
    },
  },
  listChangesInput: { schema: inputs.listChangesInput, least: {}, adds: { limit: 100 }, fields: { state: state(300), ...page } },
  decideChangeInput: {
    schema: inputs.decideChangeInput,
    least: { id: 'c', diffHash: 'h' },
    adds: { comment: '' },
    fields: { id, diffHash: text(1, 200), comment: text(0, 20_000) },
  },
  overrideChangeInput: {
    schema: inputs.overrideChangeInput,
    least: { id: 'c', diffHash: 'h', comment: 'c' },
    fields: { id, diffHash: text(1, 200), comment: { takes: ['c', 'c'.repeat(20_000)], refuses: ['', ' ', 'c'.repeat(20_001)] } },
  },
  withdrawChangeInput: { schema: inputs.withdrawChangeInput, least: { id: 'c' }, adds: { reason: '' }, fields: { id, reason } },
  listEventsInput: {
    schema: inputs.listEventsInput,
    least: {},
    adds: { limit: 100 },
    fields: {
      before: { takes: [-1, 5], refuses: [0.5, 'x'] },
      after: { takes: [0, 5], refuses: [0.5, 'x'] },
      subjectId: id,
      type: text(0, 100),
      limit: page.limit,
    },
  },
  agentLogsInput: {
    schema: inputs.agentLogsInput,
    least: { id: 'a' },
    adds: { limit: 500 },
    fields: { id, after: { takes: [0, 9], refuses: [-1, 0.5] }, limit: whole(1, 2000) },
  },
  registerRunnerInput: {
    schema: inputs.registerRunnerInput,
    least: { name: 'r', host: 'h', pid: 1, startTime: '1', containment: 'none' },
    fields: { name, host: text(0, 255), pid: positive, startTime: text(0, 64), containment, runnerId: id },
  },
  pollRunnerInput: {
    schema: inputs.pollRunnerInput,
    least: { id: 'r' },
    adds: { waitMs: 25_000, done: [] },
    fields: { id, waitMs: whole(0, 60_000), done: list(1000, 'ord') },
  },
  processEvidence: {
    schema: inputs.processEvidence,
    least: { containment: 'none', exitCode: null, signal: null, survivors: 0 },
    adds: { killed: false },
    fields: {
      containment,
      exitCode: { takes: [null, -1, 137], refuses: [0.5, 'x'] },
      signal: { takes: [null, 'S'.repeat(20)], refuses: ['S'.repeat(21), 9] },
      survivors: { takes: [0, 3], refuses: [-1, 0.5] },
      killed: flag,
      detail: text(0, 2000),
    },
  },
  gateReport: {
    schema: inputs.gateReport,
    least: { name: 'g', on: 'base', exitCode: 0, ms: 0, passed: true, excerpt: '' },
    fields: {
      name: text(0, 64),
      on: oneOf('base', 'candidate'),
      exitCode: { takes: [null, 1], refuses: [0.5] },
      ms: { takes: [0, 9], refuses: [-1, 0.5] },
      passed: flag,
      excerpt: text(0, 65_536),
      testsPassed: { takes: [0, 9], refuses: [-1, 0.5] },
      testsFailed: { takes: [0, 9], refuses: [-1, 0.5] },
    },
  },
  blastRadius: {
    schema: inputs.blastRadius,
    least: { level: 'low', score: 1.5, reasons: [], files: [], dependents: [] },
    fields: {
      level: oneOf('low', 'medium', 'high', 'critical'),
      reasons: { takes: [Array(100).fill('r'), ['r'.repeat(500)]], refuses: [Array(101).fill('r'), ['r'.repeat(501)]] },
      files: {
        takes: [Array(5000).fill({ path: 'a', layer: null, added: 1, removed: 0 }), [{ path: 'a', layer: 2, added: 0, removed: 1 }]],
        refuses: [
          Array(5001).fill({ path: 'a', layer: null, added: 1, removed: 0 }),
          [{ path: 'a', layer: 0.5, added: 1, removed: 0 }],
          [{}],
        ],
      },
      dependents: list(5000, 'a'),
    },
  },
  reportRunnerInput: {
    schema: inputs.reportRunnerInput,
    least: { id: 'r', reports: [] },
    fields: { id, reports: list(1000, { kind: 'change-validated', changeId: 'c' }) },
  },
};

describe.each(Object.entries(schemas))('%s', (_, { schema, least, adds, fields }) => {
  it('fills in its defaults, asks for what has none, and takes nothing else along', () => {
    expect(schema.parse({ ...least, unknown: 1 })).toEqual({ ...least, ...adds });
    for (const needed of Object.keys(least)) {
      const { [needed]: __, ...rest } = least;
      expect(schema.safeParse(rest).success, `without ${needed}`).toBe(false);
    }
  });
  it.each(Object.entries(fields))('takes %s to its edges and no further', (field, { takes, refuses }) => {
    for (const value of takes) expect(schema.parse({ ...least, [field]: value })).toMatchObject({ [field]: value });
    for (const value of refuses) {
      const told = schema.safeParse({ ...least, [field]: value });
      expect(told.error?.issues[0]?.path[0], `${field}: ${JSON.stringify(value)?.slice(0, 80)}`).toBe(field);
    }
  });
});

describe('what comes as text', () => {
  it('space around a name, a title and a reason is not theirs', () => {
    expect(inputs.registerAgentInput.parse({ name: ' a ' }).name).toBe('a');
    expect(inputs.addTaskInput.parse({ title: ' t ', labels: [' l '] })).toMatchObject({ title: 't', labels: ['l'] });
    expect(inputs.stopAgentInput.parse({ id: 'a', reason: ' r ' }).reason).toBe('r');
    expect(inputs.proposeChangeInput.parse({ ...schemas.proposeChangeInput?.least, title: ' t ', reason: ' r ' })).toMatchObject({
      title: 't',
      reason: 'r',
    });
  });
  it('numbers and flags of a query string are read', () => {
    expect(inputs.listAgentsInput.parse({ limit: '7' }).limit).toBe(7);
    expect(inputs.costSeriesInput.parse({ windowMinutes: '5', maxPoints: '10' })).toMatchObject({ windowMinutes: 5, maxPoints: 10 });
    expect(inputs.listCostEntriesInput.parse({ subtree: 'true' }).subtree).toBe(true);
    expect(inputs.listEventsInput.parse({ before: '3', after: '4', limit: '5' })).toEqual({ before: 3, after: 4, limit: 5 });
    expect(inputs.agentLogsInput.parse({ id: 'a', after: '0', limit: '1' })).toEqual({ id: 'a', after: 0, limit: 1 });
  });
  it('a moment says why it is refused', () => {
    const told = inputs.addTaskInput.safeParse({ title: 't', notBefore: '1969-01-01T00:00:00Z' });
    expect(told.error?.issues[0]?.message).toBe('must be between 1970 and 9999');
  });
});

describe('reports of a runner', () => {
  const evidence = { containment: 'none', exitCode: 0, signal: null, survivors: 0, killed: true };
  const gate = { name: 'g', on: 'base', exitCode: 0, ms: 1, passed: true, excerpt: '' };
  const radius = { level: 'low', score: 1, reasons: [], files: [], dependents: [] };
  const long = (n: number) => 'x'.repeat(n);
  it.each([
    { kind: 'started', agentId: 'a', epoch: 1, pid: 7, startTime: '1', containment: 'cgroup' },
    { kind: 'exited', agentId: 'a', epoch: 1, evidence },
    { kind: 'asked', agentId: 'a', epoch: 1, step: 'term' },
    { kind: 'asked', agentId: 'a', epoch: 1, step: 'kill' },
    { kind: 'launch-failed', agentId: 'a', epoch: 1, error: long(20_000) },
    { kind: 'change-assessed', changeId: 'c', baseSha: 'b', blastRadius: radius },
    { kind: 'change-isolated', changeId: 'c', candidateSha: 's', diffHash: 'h', diff: long(4_000_000), branch: 'b' },
    { kind: 'change-gate', changeId: 'c', gate },
    { kind: 'change-test-verified', changeId: 'c' },
    { kind: 'change-validated', changeId: 'c' },
    { kind: 'change-refused', changeId: 'c', rule: long(200), detail: long(20_000) },
    { kind: 'change-failed', changeId: 'c', error: long(20_000) },
    { kind: 'change-base-moved', changeId: 'c', baseSha: 'b' },
    { kind: 'change-merged', changeId: 'c', mergedSha: 'm' },
    { kind: 'change-rolled-back', changeId: 'c', revertSha: 'r' },
    { kind: 'change-rollback-failed', changeId: 'c', error: long(20_000) },
  ])('$kind is taken as it is, and needs all of it', (report) => {
    expect(inputs.runnerReport.parse(report)).toEqual(report);
    for (const needed of Object.keys(report)) {
      const { [needed as 'kind']: _, ...rest } = report;
      expect(inputs.runnerReport.safeParse(rest).success, `without ${needed}`).toBe(false);
    }
  });
  it.each([
    { kind: 'asked', agentId: 'a', epoch: 1, step: 'stop' },
    { kind: 'started', agentId: 'a', epoch: 0.5, pid: 7, startTime: '1', containment: 'cgroup' },
    { kind: 'exited', agentId: 'a', epoch: 0.5, evidence },
    { kind: 'asked', agentId: 'a', epoch: 0.5, step: 'term' },
    { kind: 'launch-failed', agentId: 'a', epoch: 0.5, error: '' },
    { kind: 'launch-failed', agentId: 'a', epoch: 1, error: long(20_001) },
    { kind: 'change-isolated', changeId: 'c', candidateSha: 's', diffHash: 'h', diff: long(4_000_001), branch: 'b' },
    { kind: 'change-refused', changeId: 'c', rule: long(201), detail: '' },
    { kind: 'change-refused', changeId: 'c', rule: '', detail: long(20_001) },
    { kind: 'change-failed', changeId: 'c', error: long(20_001) },
    { kind: 'change-rollback-failed', changeId: 'c', error: long(20_001) },
    { kind: 'invented', changeId: 'c' },
  ])('$kind with a field beyond its edge is refused', (report) => {
    expect(inputs.runnerReport.safeParse(report).success).toBe(false);
  });
});
