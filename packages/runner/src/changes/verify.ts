import { join } from 'node:path';
import { type ChangedFile, checkProposal, gateNames, isolationRefusal, pathsOfGates, type Violation } from '@reeve/core/changes';
import { type RunnerOrder, type RunnerReport, repositoryRulesOf } from '@reeve/core/vocabulary';
import { allOf } from './all-of.ts';
import { assess } from './assess.ts';
import { applyPatches, canonicalDiff, changedFiles, commitCandidate, maxDiffChars, readFiles } from './candidate.ts';
import { type Clone, fetchTip, forget, openClone } from './clone.ts';
import { type GateRoom, type GateRun, gateMessage, gateReportOf, judgeMemory, roomFor, runGate, runTests } from './gates.ts';
import { judgeCheck } from './judge.ts';
import { isModulePath } from './module-graph.ts';
import { proveByTests } from './proof.ts';
import type { Surroundings } from './surroundings.ts';
import { alteredTest } from './test-fingerprints.ts';
import { Workplace } from './workplace.ts';

export type VerifyOrder = Extract<RunnerOrder, { kind: 'verify-change' }>;

/** A rule that the change breaks; ends the verification as a refusal, never as a fault. */
class Refused extends Error {
  readonly violation: Violation;
  constructor(violation: Violation) {
    super(violation.rule);
    this.violation = violation;
  }
}
const refuseIf = (violation: Violation | null): void => {
  if (violation) throw new Refused(violation);
};

/**
 * Verifies a proposal from nothing: candidate, blast radius, RED on the base, GREEN on the candidate, then the checks.
 * Reports the evidence as it comes and answers the verdict. Throws for faults that are ours.
 */
export async function verifyChange(order: VerifyOrder, around: Surroundings): Promise<RunnerReport> {
  const { changeId, repository } = order;
  const { git } = around;
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => around.exclusively(repository.repositoryId, work);
  const work = new Workplace(around.changesDir, changeId);
  work.open();
  let clone: Clone | undefined;
  try {
    // The text first, so that what git would only fail on (a path that leaves the tree) is named by its rule.
    refuseIf(around.checkText(order.testPatch, order.fixPatch));
    refuseIf(isolationRefusal(repositoryRulesOf(repository.rules).minimumIsolation, around.sandbox));
    clone = await inTurn(() => openClone(git, around.changesDir, repository));
    await verifyIn(order, around, clone, work);
    return { kind: 'change-validated', changeId };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (clone) await forget(git, clone, changeId);
    const { rule, detail } = error.violation;
    return { kind: 'change-refused', changeId, rule, detail: detail.slice(0, 20_000) };
  } finally {
    work.close();
  }
}

async function verifyIn(order: VerifyOrder, around: Surroundings, clone: Clone, work: Workplace): Promise<void> {
  const { changeId, repository } = order;
  const { git } = around;
  const base = await around.exclusively(repository.repositoryId, () => fetchTip(git, clone, changeId, 'base'));
  const tests = { name: 'test', text: order.testPatch };
  const fix = { name: 'fix', text: order.fixPatch };
  const [redTree = '', candidateTree = ''] = await treesOf([tests, fix]);
  const [paths, testFiles, fixFiles] = await Promise.all([
    clone.trees.paths(base),
    changedFiles(git, clone, base, redTree),
    changedFiles(git, clone, redTree, candidateTree),
  ]);
  const commands = { ...repository.gates, health: repository.rules?.activation?.healthCheck };
  refuseIf(checkProposal(testFiles, fixFiles, { gatePaths: pathsOfGates(commands, new Set(paths)), existing: new Set(paths) }));
  refuseIf(await alteredTests(around, clone, { base, candidate: redTree }, testFiles));

  const early = new AbortController();
  const room = { ...roomFor(around, repository, clone, work), signal: AbortSignal.any([around.signal, early.signal]) };
  // Nothing of the change runs on the base alone: it runs while the change is assessed, and is ended where that refuses it.
  const onBase = runTests(room, base, repository.gates);
  try {
    const grown = testFiles.some((f) => f.status !== 'added');
    const [blastRadius, candidate, diff, fixTree] = await allOf([
      // The two halves have no path in common: one is tests alone, the other none.
      assess(git, clone, repository, { base, candidate: candidateTree }, { testFiles, fixFiles }),
      commitCandidate(git, clone, order, base, candidateTree),
      canonicalDiff(git, clone, base, candidateTree),
      grown ? treesOf([fix]).then(([tree = '']) => tree) : Promise.resolve(null),
    ]);
    await around.report({ kind: 'change-assessed', changeId, baseSha: base, blastRadius });
    if (blastRadius.level === 'critical') refuseIf({ rule: 'critical-layer', detail: blastRadius.reasons[0] ?? 'It reaches layer 1.' });
    if (diff.text.length > maxDiffChars)
      refuseIf({
        rule: 'patch-too-large',
        detail: `The diff has more than ${maxDiffChars} characters; nobody can review it. Split the change.`,
      });
    const branch = `reeve/${changeId}`;
    await git.run(['update-ref', `refs/heads/${branch}`, candidate], { gitDir: clone.gitDir });
    await around.report({ kind: 'change-isolated', changeId, candidateSha: candidate, diffHash: diff.hash, diff: diff.text, branch });

    const commits = { base, redTree, candidate, fixTree, testFiles, fixFiles };
    const lineCoverage = await proveByTests(order, around, room, commits, onBase, refuseIf);
    await around.report({ kind: 'change-test-verified', changeId, lineCoverage });
    await runChecks(order, around, room, base, candidate);
  } finally {
    early.abort();
    await Promise.allSettled([onBase]);
  }

  async function treesOf(patches: { name: string; text: string }[]): Promise<string[]> {
    const built = await applyPatches(git, clone, base, patches, join(work.folder, 'patched'));
    if (!built.ok) throw new Refused(built.violation);
    return built.trees;
  }
}

/** Existing tests keep every statement that they had, whatever is added around them (I-SELF-3). */
async function alteredTests(
  around: Surroundings,
  clone: Clone,
  trees: { base: string; candidate: string },
  testFiles: readonly ChangedFile[],
): Promise<Violation | null> {
  const paths = testFiles.filter((f) => f.status === 'modified' && isModulePath(f.path)).map((f) => f.path);
  const [before, after] = await Promise.all([
    readFiles(around.git, clone, trees.base, paths),
    readFiles(around.git, clone, trees.candidate, paths),
  ]);
  for (const path of paths) {
    const lost = alteredTest(path, before.get(path) ?? '', after.get(path) ?? '');
    if (lost)
      return {
        rule: 'existing-test-changed',
        detail: `${path}: a test that exists on the base reads otherwise, or has new code in front of it: ${JSON.stringify(lost.slice(0, 200))}. Put new tests behind the old ones, best in a new file.`,
      };
  }
  return null;
}

async function runChecks(order: VerifyOrder, around: Surroundings, room: GateRoom, base: string, candidate: string): Promise<void> {
  for (const name of [gateNames.typecheck, gateNames.lint] as const) {
    const command = order.repository.gates[name];
    if (!command) continue;
    const before = await checkedOnBase(room, base, command);
    await around.report(gateMessage(order.changeId, gateReportOf(name, 'base', before.exitCode === 0, before)));
    const after = await runGate(room, candidate, command);
    const violation =
      judgeMemory(room, name, before) ??
      judgeMemory(room, name, after) ??
      judgeCheck(name, { exitCode: before.exitCode, output: before.combined }, { ...after, output: after.combined });
    await around.report(gateMessage(order.changeId, gateReportOf(name, 'candidate', violation === null, after)));
    refuseIf(violation);
  }
}

const onBases = new Map<string, GateRun>();
const maxKept = 20;
/** A check of a base that was made before: commits do not change, and the fleet proposes many changes to one base. */
async function checkedOnBase(room: GateRoom, base: string, command: string): Promise<GateRun> {
  const key = [room.clone.gitDir, base, room.level, room.memoryLimitBytes, command].join('\0');
  const known = onBases.get(key);
  if (known) return { ...known, combined: `[as run before on this base]\n${known.combined}` };
  const run = await runGate(room, base, command);
  if (run.timedOut || run.outOfMemory) return run;
  onBases.set(key, run);
  for (const oldest of onBases.keys()) if (onBases.size > maxKept) onBases.delete(oldest);
  return run;
}
