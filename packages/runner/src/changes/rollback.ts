import { rmSync } from 'node:fs';
import { gateNames, isolationRefusal } from '@reeve/core/changes';
import { type RunnerOrder, type RunnerReport, repositoryRulesOf } from '@reeve/core/vocabulary';
import { oneLine } from './candidate.ts';
import { type Clone, commitOf, fetchTip, isAncestor, openClone } from './clone.ts';
import { type GateRoom, gateMessage, gateReportOf, judgeMemory, roomFor, runGate, runTests } from './gates.ts';
import { judgeCheck, judgeUnchanged } from './judge.ts';
import { alreadyLanded, land } from './land.ts';
import type { Surroundings } from './surroundings.ts';
import { Workplace } from './workplace.ts';

export type RollbackOrder = Extract<RunnerOrder, { kind: 'rollback-change' }>;

const maxAttempts = 3;

/**
 * Takes a merged change back by a revert commit that passes the gates (I-SELF-9). Takes the repository's turn for git alone:
 * other changes go on while these gates run, and the compare and swap notices if one was merged meanwhile.
 */
export async function rollbackChange(order: RollbackOrder, around: Surroundings): Promise<RunnerReport> {
  const { changeId, mergedSha } = order;
  const { git } = around;
  const weak = isolationRefusal(repositoryRulesOf(order.repository.rules).minimumIsolation, around.sandbox);
  const fail = (error: string): RunnerReport => ({ kind: 'change-rollback-failed', changeId, error });
  if (weak) return fail(weak.detail);
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => around.exclusively(order.repository.repositoryId, work);
  const clone = await inTurn(() => openClone(git, around.changesDir, order.repository));
  const kept = `refs/reeve/rollback/${changeId}`;
  const earlier = await commitOf(git, clone, kept);
  if (earlier && (await inTurn(() => alreadyLanded(git, clone, changeId, earlier.sha))).landed)
    return { kind: 'change-rolled-back', changeId, revertSha: earlier.sha };

  const work = new Workplace(around.changesDir, `${changeId.slice(0, 50)}-rollback`);
  work.open();
  try {
    // The branch may move while the gates run; each time the revert is made and checked anew.
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      const tip = await inTurn(() => fetchTip(git, clone, changeId, 'tip'));
      if (tip !== mergedSha && (!(await commitOf(git, clone, mergedSha)) || !(await isAncestor(git, clone.gitDir, mergedSha, tip))))
        return fail(`${mergedSha.slice(0, 10)} is not part of ${clone.operator.branch} any more, so there is nothing to take back.`);
      const revert = await commitRevert(around, clone, order, tip, work);
      if (!revert)
        return fail(
          `Later commits on ${clone.operator.branch} build on this change, so taking it back conflicts. A person has to revert it.`,
        );
      const room = roomFor(around, order.repository, clone, work);
      const problem = await checkRevert(order, around, room, tip, revert);
      if (problem) return fail(`Without the change the gates do not pass, so the branch stays as it is. ${problem}`);
      await git.run(['update-ref', kept, revert], { gitDir: clone.gitDir });
      const landing = await inTurn(() => land(git, clone, tip, revert, `reeve: roll back ${oneLine(changeId)}`));
      if (landing === 'landed') return { kind: 'change-rolled-back', changeId, revertSha: revert };
    }
    return fail(`${clone.operator.branch} moved ${maxAttempts} times while the gates ran. Try again when it is quiet.`);
  } finally {
    work.close();
  }
}

/** The reverse of the change on top of `tip`, or `null` where it conflicts. */
async function commitRevert(
  around: Surroundings,
  clone: Clone,
  order: RollbackOrder,
  tip: string,
  work: Workplace,
): Promise<string | null> {
  const { git } = around;
  const { gitDir } = clone;
  const call = { gitDir, env: { GIT_INDEX_FILE: work.indexFile } };
  const flags = ['--no-textconv', '--no-ext-diff', '--no-renames', '--full-index', '--binary'];
  const reverse = await git.run(['diff', ...flags, order.mergedSha, `${order.mergedSha}^1`, '--'], { gitDir });
  rmSync(work.indexFile, { force: true });
  await git.run(['read-tree', tip], call);
  const applied = await git.run(['apply', '--cached', '--3way', '--whitespace=nowarn', '-'], {
    ...call,
    input: reverse.out,
    allow: [1, 128],
  });
  const unmerged = (await git.run(['ls-files', '--unmerged', '-z'], call)).text !== '';
  if (applied.code !== 0 || unmerged) return null;
  const tree = await git.line(['write-tree'], call);
  const message = `Revert "${oneLine(order.title)}"\n\nThis takes back ${order.mergedSha}.\n\nReeve-Rollback-Of: ${oneLine(order.changeId)}\n`;
  return git.line(['commit-tree', tree, '-p', tip, '-F', '-'], { gitDir, input: message });
}

/** The gates on the revert, against the branch as it is: the change's own tests are gone by intent, nothing else may break. */
async function checkRevert(
  order: RollbackOrder,
  around: Surroundings,
  room: GateRoom,
  tip: string,
  revert: string,
): Promise<string | null> {
  const { gates } = order.repository;
  const after = await runTests(room, revert, gates);
  // Only a failure has to be compared: in the common case one run is enough, and rolling back is urgent.
  const before = after.run.exitCode === 0 ? after : await runTests(room, tip, gates);
  const violation = judgeMemory(room, gateNames.rollback, after.run) ?? judgeUnchanged(before.test, after.test, true);
  await around.report(
    gateMessage(order.changeId, gateReportOf(gateNames.rollback, 'candidate', violation === null, after.run, after.test)),
  );
  if (violation) return violation.detail;
  for (const name of [gateNames.typecheck, gateNames.lint] as const) {
    const command = gates[name];
    if (!command) continue;
    const result = await runGate(room, revert, command);
    const old = result.exitCode === 0 ? result : await runGate(room, tip, command);
    const problem =
      judgeMemory(room, name, result) ??
      judgeCheck(name, { exitCode: old.exitCode, output: old.combined }, { ...result, output: result.combined });
    await around.report(gateMessage(order.changeId, gateReportOf(`rollback-${name}`, 'candidate', problem === null, result)));
    if (problem) return problem.detail;
  }
  return null;
}
