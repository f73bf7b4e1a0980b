import { type BlastRadius, type Change, type ChangeCommand, decideChange, evolveChange, type GateReport, type NewEvent } from '@reeve/core';
import { must, type World } from './world.ts';

const fixPatch = `diff --git a/src/tools/durations.ts b/src/tools/durations.ts
--- a/src/tools/durations.ts
+++ b/src/tools/durations.ts
@@ -3,7 +3,7 @@
 export function shorten(ms: number): string {
   if (ms < 1000) return \`\${ms} ms\`;
   const seconds = ms / 1000;
-  if (seconds < 60) return \`\${Math.floor(seconds)} s\`;
+  if (seconds < 60) return \`\${Math.round(seconds)} s\`;
   const minutes = Math.floor(seconds / 60);
   return \`\${minutes} min\`;
 }
`;
const testPatch = `diff --git a/test/durations-rounding.test.ts b/test/durations-rounding.test.ts
new file mode 100644
--- /dev/null
+++ b/test/durations-rounding.test.ts
@@ -0,0 +1,6 @@
+import assert from 'node:assert/strict';
+import { test } from 'node:test';
+import { shorten } from '../src/tools/durations.ts';
+test('seconds are rounded, not cut', () => {
+  assert.equal(shorten(1900), '2 s');
+});
`;

export function addRepository(world: World, atMs: number): string {
  // a project has each name once, and may be seeded again
  const name = `tool-library-${world.random.hex(4)}`;
  const id = world.id('repository', atMs);
  const path = `/srv/reeve-seed/${name}`;
  world.repositories.push({
    id,
    projectId: world.projectId,
    name,
    path,
    branch: 'main',
    layers: [
      { pattern: 'src/core/**', layer: 1 },
      { pattern: 'src/agents/**', layer: 2 },
      { pattern: 'src/orchestration/**', layer: 3 },
      { pattern: 'src/tools/**', layer: 4 },
    ],
    gates: { test: 'node --test' },
    rules: {},
    createdAtMs: atMs,
  });
  world.tell({ type: 'repository.registered', subjectId: id, data: { name, path } }, atMs, 'person:owner');
  return id;
}

const gate = (name: string, on: GateReport['on'], passed: boolean, excerpt: string): ChangeCommand => {
  const red = name.startsWith('red');
  const counts = { testsPassed: red ? 0 : 41, testsFailed: red ? 1 : 0 };
  return { type: 'gate', gate: { name, on, exitCode: passed && !red ? 0 : 1, ms: red ? 420 : 2_310, passed, excerpt, ...counts } };
};
const dependents = ['cli', 'queue', 'plan', 'index', 'batch', 'mail', 'export', 'audit', 'tail'];
/** Each file imports one of those that are a step nearer. */
function graphOf(changed: string, layer: number, others: [path: string, layer: number, steps: number][]): BlastRadius['graph'] {
  const nodes = [{ path: changed, layer, steps: 0 }, ...others.map(([path, at, steps]) => ({ path, layer: at, steps }))];
  const edges = others.map(([, , steps], i) => {
    const nearer = nodes.flatMap((n, place) => (n.steps === steps - 1 ? [place] : []));
    return { from: i + 1, to: nearer[i % nearer.length] ?? 0 };
  });
  return { nodes, edges, leftOut: { nodes: 0, edges: 0 } };
}
const radius: Record<'low' | 'high', BlastRadius> = {
  low: {
    level: 'low',
    score: 18.4,
    reasons: ['layer 4, tools (4.0)', '2 changed lines in 1 file (1.8)', 'no exported API changes (0.0)'],
    files: [
      { path: 'src/tools/durations.ts', layer: 4, added: 1, removed: 1 },
      { path: 'test/durations-rounding.test.ts', layer: null, added: 6, removed: 0 },
    ],
    dependents: ['src/agents/report.ts'],
    measured: { totalFiles: 29, apiChanged: 'none', coverage: null },
    graph: graphOf('src/tools/durations.ts', 4, [['src/agents/report.ts', 2, 1]]),
  },
  high: {
    level: 'high',
    score: 61.5,
    reasons: [
      'layer 2, agents (28.0)',
      '9 files depend on it, 31% of the sources (20.0)',
      'an exported API changes or goes (15.0)',
      '2 changed lines in 1 file (1.8)',
    ],
    files: [{ path: 'src/agents/report.ts', layer: 2, added: 1, removed: 1 }],
    dependents: dependents.map((n) => `src/agents/${n}.ts`),
    measured: { totalFiles: 29, apiChanged: 'changed', coverage: null },
    graph: graphOf(
      'src/agents/report.ts',
      2,
      dependents.map((n, i) => [`src/agents/${n}.ts`, 2, i < 4 ? 1 : i < 8 ? 2 : 3]),
    ),
  },
};

export type ChangeEnd = 'isolated' | 'awaiting-approval' | 'merged' | 'rejected' | 'refused';
/** A change that has come as far as `end`, through the decisions of the core. */
export function addChange(
  world: World,
  to: { repositoryId: string; agentId: string; title: string; level: 'low' | 'high'; end: ChangeEnd },
  atMs: number,
): string {
  const id = world.id('change', atMs);
  const r = world.random;
  let nowMs = atMs;
  const take = (command: ChangeCommand, actor: string) => {
    for (const event of must(decideChange(world.changes.get(id), command, nowMs))) {
      world.changes.set(id, evolveChange(world.changes.get(id), event, nowMs));
      world.tell({ ...event, subjectId: id } as NewEvent, nowMs, actor);
    }
    nowMs += r.int(800, 4_000);
  };
  const { projectId } = world;
  const { repositoryId, agentId, title } = to;
  const fix = to.level === 'low' ? fixPatch : fixPatch.replaceAll('src/tools/durations.ts', 'src/agents/report.ts');
  const proposal = { id, projectId, repositoryId, agentId, agentPath: world.agent(agentId).path, title, testPatch, fixPatch: fix };
  const reason = 'My own tool says "1 s" for 1.9 seconds, so my reports are wrong. The new test shows it.';
  take({ type: 'propose', ...proposal, reason, requestId: null }, `agent:${agentId}`);
  const runner = 'runner:run_seed';
  if (to.end === 'refused') {
    take({ type: 'refused', rule: 'not-red', detail: 'the new test passes on the base: it proves nothing' }, runner);
    return id;
  }
  const diffHash = r.hex(64);
  take({ type: 'assessed', baseSha: r.hex(40), blastRadius: radius[to.level] }, runner);
  take({ type: 'isolated', candidateSha: r.hex(40), diffHash, diff: `${fix}${testPatch}`, branch: `reeve/${id}` }, runner);
  if (to.end === 'isolated') return id;
  const red = "not ok 1 - seconds are rounded, not cut\n  expected: '2 s'\n  actual: '1 s'\n";
  take(gate('suite', 'base', true, '# pass 40\n# fail 0\n'), runner);
  for (const name of ['red-1', 'red-2']) take(gate(name, 'base', true, red), runner);
  for (const name of ['green-1', 'green-2']) take(gate(name, 'candidate', true, '# pass 41\n# fail 0\n'), runner);
  const path = radius[to.level].files[0]?.path ?? '';
  const ran = to.level === 'low' ? { covered: 1, uncovered: [] } : { covered: 0, uncovered: [6] };
  take({ type: 'test-verified', lineCoverage: { state: 'measured', files: [{ path, lines: 1, ...ran }] } }, runner);
  take(gate('typecheck', 'candidate', true, ''), runner);
  take({ type: 'validated' }, runner);
  if (to.end === 'awaiting-approval') return id;
  const person = { kind: 'person', id: 'owner', name: 'owner' } as const;
  const decision = { actor: person, approvalId: world.id('approval', nowMs), diffHash };
  if (to.end === 'rejected') take({ type: 'reject', ...decision, comment: 'Cutting was on purpose here.' }, 'person:owner');
  else {
    take({ type: 'approve', ...decision, comment: '' }, 'person:owner');
    take({ type: 'merged', mergedSha: r.hex(40) }, runner);
  }
  return id;
}
export const changeOf = (world: World, id: string): Change => world.changes.get(id) as Change;
