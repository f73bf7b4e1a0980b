/**
 * `pnpm bench changes`: what the protocol of a change costs beside the run time of its gates, from the order to verify to
 * the merged branch and back, on a repository of 1,000 files. Figures: docs/benchmarks.md.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { RunnerReport } from '@reeve/core/vocabulary';
import { type ChangeOrder, executeChangeOrder } from '@reeve/runner';
import { report } from './lib/report.ts';
import { median, percentile, round } from './lib/statistics.ts';

const files = 1_000;
const samples = Number(process.env.BENCH_SAMPLES ?? 15);
const targetMs = 2_000;
const root = mkdtempSync(join(tmpdir(), 'reeve-bench-changes-'));
const path = join(root, 'repository');
const git = (...args: string[]) => execFileSync('git', ['-C', path, ...args], { encoding: 'utf8' }).trim();
const write = (name: string, text: string) => {
  mkdirSync(dirname(join(path, name)), { recursive: true });
  writeFileSync(join(path, name), text);
};

mkdirSync(path);
git('init', '-q', '-b', 'main');
git('config', 'user.name', 'Bench');
git('config', 'user.email', 'bench@example.com');
write('package.json', '{ "name": "bench", "type": "module" }\n');
write('src/sum.mjs', 'export function sum(a, b) {\n  return a - b;\n}\n');
write('test/other.test.mjs', "import { test } from 'node:test';\n\ntest('holds', () => {});\n");
for (let i = 0; i < files - 3; i++) {
  const imports = i > 0 ? `import { part${i - 1} } from '../${(i - 1) % 20}/part${i - 1}.mjs';\n` : "import { sum } from '../sum.mjs';\n";
  const body = `export const part${i} = (n) => ${i > 0 ? `part${i - 1}(n) + ${i}` : 'sum(n, 1)'};\n`;
  write(`src/${i % 20}/part${i}.mjs`, `${imports}${body}${`// line of part ${i}\n`.repeat(40)}`);
}
git('add', '-A');
git('commit', '-q', '-m', 'start');

const added = (name: string, text: string) =>
  `--- /dev/null\n+++ b/${name}\n@@ -0,0 +1,${text.trimEnd().split('\n').length} @@\n${text.trimEnd().replace(/^/gm, '+')}\n`;
const testPatch = added(
  'test/sum.test.mjs',
  "import assert from 'node:assert/strict';\nimport { test } from 'node:test';\nimport { sum } from '../src/sum.mjs';\n\ntest('adds', () => assert.equal(sum(1, 2), 3));\n",
);
const fixPatch =
  '--- a/src/sum.mjs\n+++ b/src/sum.mjs\n@@ -1,3 +1,3 @@\n export function sum(a, b) {\n-  return a - b;\n+  return a + b;\n }\n';
const layers = [{ pattern: '*', layer: 4 }];
const repository = { repositoryId: 'rep_bench', path, branch: 'main', layers, gates: { test: 'node --test test/' } };

/** One order: its wall time, that of its gates, and what it reported. */
async function run(order: ChangeOrder): Promise<{ ms: number; gatesMs: number; reports: RunnerReport[] }> {
  const reports: RunnerReport[] = [];
  const startedMs = performance.now();
  await executeChangeOrder(order, {
    dataDir: join(root, 'data'),
    report: (r) => void reports.push(r),
    signal: new AbortController().signal,
  });
  const ms = performance.now() - startedMs;
  const gatesMs = reports.reduce((sum, r) => sum + (r.kind === 'change-gate' ? r.gate.ms : 0), 0);
  return { ms, gatesMs, reports };
}
function only<K extends RunnerReport['kind']>(reports: RunnerReport[], kind: K): Extract<RunnerReport, { kind: K }> {
  const found = reports.find((r): r is Extract<RunnerReport, { kind: K }> => r.kind === kind);
  if (!found) throw new Error(`No ${kind}, but ${JSON.stringify(reports.at(-1))}`);
  return found;
}

const verify: number[] = [];
const merge: number[] = [];
const rollback: number[] = [];
const overhead: number[] = [];
const gates: number[] = [];
try {
  for (let i = 0; i < samples; i++) {
    const change = { changeId: `chg_${i}`, title: 'Add, do not subtract', repository };
    const checked = await run({ ...change, kind: 'verify-change', orderId: `v_${i}`, agentId: 'agt_1', testPatch, fixPatch });
    only(checked.reports, 'change-validated');
    const { baseSha } = only(checked.reports, 'change-assessed');
    const { candidateSha, diffHash } = only(checked.reports, 'change-isolated');
    const merged = await run({ ...change, kind: 'merge-change', orderId: `m_${i}`, baseSha, candidateSha, diffHash });
    const { mergedSha } = only(merged.reports, 'change-merged');
    const back = await run({ ...change, kind: 'rollback-change', orderId: `r_${i}`, mergedSha });
    only(back.reports, 'change-rolled-back');
    verify.push(checked.ms - checked.gatesMs);
    merge.push(merged.ms);
    rollback.push(back.ms - back.gatesMs);
    overhead.push(checked.ms - checked.gatesMs + merged.ms);
    gates.push(checked.gatesMs);
  }
} finally {
  rmSync(root, { recursive: true, force: true });
}

const told = (values: number[]) => `${round(median(values))} / ${round(percentile(values, 0.99))} ms`;
report(
  'changes',
  [
    {
      what: 'proposal to merge, beside the gates (p50 / p99)',
      value: told(overhead),
      target: '< 2,000 ms',
      met: percentile(overhead, 0.99) < targetMs,
    },
    { what: '  of it verification', value: told(verify) },
    { what: '  of it the merge', value: told(merge) },
    { what: 'rollback, beside its gates', value: told(rollback) },
    { what: 'the gates themselves (eight runs of node --test)', value: told(gates) },
  ],
  { files, samples, overhead, verify, merge, rollback, gates },
);
