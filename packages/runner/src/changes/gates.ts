import { fileURLToPath } from 'node:url';
import { isolationSentence, type Violation } from '@reeve/core/changes';
import { type GateReport, type RepositoryRef, type RunnerReport, repositoryRulesOf } from '@reeve/core/vocabulary';
import type { Clone } from './clone.ts';
import type { Git } from './git.ts';
import type { TestRun } from './judge.ts';
import { runInSandbox, type SandboxLevel, type SandboxRun } from './sandbox.ts';
import type { Surroundings } from './surroundings.ts';
import { readTestOutput, stripAnsi } from './test-output.ts';
import type { Workplace } from './workplace.ts';

/** Everything a gate needs besides its command. */
export type GateRoom = {
  git: Git;
  clone: Clone;
  work: Workplace;
  dataDir: string;
  level: SandboxLevel;
  timeLimitMs: number;
  memoryLimitBytes: number | null;
  signal: AbortSignal;
};
export type GateRun = SandboxRun & { level: SandboxLevel };

/** Runs a gate command on a fresh checkout of `commit`. */
export async function runGate(room: GateRoom, commit: string, command: string, coverage: string | null = null): Promise<GateRun> {
  const { work, clone, level } = room;
  const show = await work.checkout(room.git, clone, commit);
  // No process that our answers come from is open to what runs here.
  await room.git.close();
  const run = await runInSandbox({
    command,
    tree: work.tree,
    home: work.home,
    tmp: work.tmp,
    coverage,
    hide: [room.dataDir, clone.operator.path, clone.operator.gitDir],
    show: [...show, ...foldersNamedBy(command)],
    timeLimitMs: room.timeLimitMs,
    memoryLimitBytes: room.memoryLimitBytes,
    level,
    signal: room.signal,
  });
  return { ...run, level };
}

/**
 * What a gate command names by an absolute path, quoted or as a file URL: the owner's own words say that it is needed,
 * also where it lies in a folder that gates do not see. Of an installed package the whole `node_modules` is needed.
 */
export function foldersNamedBy(command: string): string[] {
  const words = [...command.matchAll(/'([^']*)'|"([^"]*)"|([^\s'"]+)/g)].map((m) => m[1] ?? m[2] ?? m[3] ?? '');
  const paths = words.flatMap((word) => {
    const named = word.replace(/^[\w-]+=/, '');
    if (named.startsWith('/')) return [named];
    try {
      return named.startsWith('file:///') ? [fileURLToPath(named)] : [];
    } catch {
      return [];
    }
  });
  return paths.map((path) => /^(.*?\/node_modules)\//.exec(path)?.[1] ?? path);
}

/** Runs the test gate and reads its report. In every run V8 reports what ran, so that none can be told from another by it. */
export async function runTests(room: GateRoom, commit: string, gates: RepositoryRef['gates']): Promise<{ run: GateRun; test: TestRun }> {
  const run = await runGate(room, commit, gates.test, room.work.coverage);
  const report = readTestOutput(`${run.stdout}\n${run.stderr}`, room.work.tree);
  return { run, test: { exitCode: run.exitCode, timedOut: run.timedOut, report } };
}

/** What gates are run with for an order, by the rules of its repository. */
export function roomFor(around: Surroundings, repository: RepositoryRef, clone: Clone, work: Workplace): GateRoom {
  return {
    git: around.git,
    clone,
    work,
    dataDir: around.dataDir,
    level: around.sandbox,
    timeLimitMs: around.gateTimeLimitMs,
    memoryLimitBytes: repositoryRulesOf(repository.rules).gateMemoryBytes,
    signal: around.signal,
  };
}

/** A gate that its memory limit ended proves nothing, on whichever side. */
export const judgeMemory = ({ memoryLimitBytes }: GateRoom, name: string, run: GateRun): Violation | null =>
  run.outOfMemory && memoryLimitBytes !== null
    ? {
        rule: 'gate-out-of-memory',
        detail: `The gate ${name} was ended: its processes held more than the ${Math.round(memoryLimitBytes / 1024 ** 2)} MiB that this repository lets them have together. Let the tests and the fix take less.`,
      }
    : null;

const excerptChars = 60_000;
/** The gate as the dossier shows it: how it was shut in, how it ended, and the two ends of its log. */
export function gateReportOf(name: string, on: GateReport['on'], passed: boolean, run: GateRun, test?: TestRun): GateReport {
  const counts = test && test.report.format !== 'none' ? { testsPassed: test.report.passed, testsFailed: test.report.failed } : {};
  const ended = run.timedOut ? 'ended by its time limit' : run.outOfMemory ? 'ended by its memory limit' : null;
  const ending = ended ?? `exit code ${run.exitCode ?? 'none'}`;
  const header = `[${isolationSentence[run.level]}]\n[${ending} after ${run.ms} ms]\n\n`;
  return { name, on, exitCode: run.exitCode, ms: run.ms, passed, excerpt: header + excerptOf(stripAnsi(run.combined)), ...counts };
}

function excerptOf(log: string): string {
  if (log.length <= excerptChars) return log;
  const head = log.slice(0, excerptChars / 3);
  const tail = log.slice(-(excerptChars * 2) / 3);
  return `${head}\n\n[… ${log.length - head.length - tail.length} characters left out …]\n\n${tail}`;
}

export const gateMessage = (changeId: string, gate: GateReport): RunnerReport => ({ kind: 'change-gate', changeId, gate });
