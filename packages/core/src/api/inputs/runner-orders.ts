/** What runners report, and what they are told. */
import { z } from 'zod';
import type { RepositoryRules } from '../repository-rules.ts';
import { blastRadius, gateReport, lineCoverage } from './change-reports.ts';
import { id, pid } from './fields.ts';
import { containmentLevels, processEvidence } from './runners.ts';
import type { StopMode } from './stops.ts';

/**
 * What a runner tells of one order or one process; each is a command on the one road.
 *
 * Use `kind` to tell them apart; a kind that is not here is refused as a whole.
 *
 * @example
 * runnerReport.safeParse({ kind: 'launch-failed', agentId: 'agt_1', epoch: 1, error: 'no such file' }).success; // → true
 * runnerReport.safeParse({ kind: 'rumour', agentId: 'agt_1' }).success; // → false
 */
export const runnerReport = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('started'),
    agentId: id,
    epoch: z.number().int(),
    pid,
    startTime: z.string(),
    containment: z.enum(containmentLevels),
  }),
  z.object({ kind: z.literal('exited'), agentId: id, epoch: z.number().int(), evidence: processEvidence }),
  z.object({ kind: z.literal('asked'), agentId: id, epoch: z.number().int(), step: z.enum(['term', 'kill']) }),
  z.object({ kind: z.literal('launch-failed'), agentId: id, epoch: z.number().int(), error: z.string().max(20_000) }),
  z.object({ kind: z.literal('change-assessed'), changeId: id, baseSha: z.string(), blastRadius }),
  z.object({
    kind: z.literal('change-isolated'),
    changeId: id,
    candidateSha: z.string(),
    diffHash: z.string(),
    diff: z.string().max(4_000_000),
    branch: z.string(),
  }),
  z.object({ kind: z.literal('change-gate'), changeId: id, gate: gateReport }),
  z.object({ kind: z.literal('change-test-verified'), changeId: id, lineCoverage: lineCoverage.optional() }),
  z.object({ kind: z.literal('change-validated'), changeId: id }),
  z.object({ kind: z.literal('change-refused'), changeId: id, rule: z.string().max(200), detail: z.string().max(20_000) }),
  z.object({ kind: z.literal('change-failed'), changeId: id, error: z.string().max(20_000) }),
  /** The target branch moved: the change goes back through the gates on the new base. */
  z.object({ kind: z.literal('change-base-moved'), changeId: id, baseSha: z.string() }),
  z.object({ kind: z.literal('change-merged'), changeId: id, mergedSha: z.string() }),
  /** How the health check ended; without a gate it could not be run. */
  z.object({
    kind: z.literal('change-activated'),
    changeId: id,
    gate: gateReport.optional(),
    error: z.string().max(20_000).optional(),
  }),
  z.object({ kind: z.literal('change-rolled-back'), changeId: id, revertSha: z.string() }),
  z.object({ kind: z.literal('change-rollback-failed'), changeId: id, error: z.string().max(20_000) }),
]);

/** One report of a runner, read. */
export type RunnerReport = z.output<typeof runnerReport>;

/**
 * Up to 1,000 reports of a runner, in the order in which they were seen.
 *
 * Use it again with the same when the reply was lost: told twice counts once.
 *
 * @example
 * reportRunnerInput.parse({ id: 'run_1', reports: [] }).reports; // → []
 */
export const reportRunnerInput = z.object({ id, reports: z.array(runnerReport).max(1000) });

/** What the server asks of a runner. At least once: a runner must take the same order twice. */
export type RunnerOrder =
  | {
      kind: 'launch';
      orderId: string;
      agentId: string;
      epoch: number;
      token: string;
      parentId: string | null;
      name: string;
      command: string;
      args: string[];
      cwd: string | null;
      env: Record<string, string>;
      /** The checkpoint that this epoch goes on from: the process finds it as `REEVE_RESTORE`. */
      restore?: string | undefined;
    }
  | {
      kind: 'stop';
      orderId: string;
      agentId: string;
      epoch: number;
      stopId: string;
      mode: StopMode;
      termAtMs: number;
      killAtMs: number;
      /** No stop: the agent has reported its end, and its process may be about to exit. What it leaves behind then gets no more time. */
      lingers?: true | undefined;
    }
  | {
      kind: 'verify-change';
      orderId: string;
      changeId: string;
      title: string;
      agentId: string;
      repository: RepositoryRef;
      testPatch: string;
      fixPatch: string;
    }
  | {
      kind: 'merge-change';
      orderId: string;
      changeId: string;
      title: string;
      repository: RepositoryRef;
      baseSha: string;
      candidateSha: string;
      diffHash: string;
      /** After this moment the branch must not be moved any more: the agents that run the code are not held any longer. */
      landBeforeMs?: number | undefined;
    }
  | {
      kind: 'activate-change';
      orderId: string;
      changeId: string;
      title: string;
      repository: RepositoryRef;
      mergedSha: string;
      healthCheck: string;
      healthCheckMs: number;
    }
  | { kind: 'rollback-change'; orderId: string; changeId: string; title: string; repository: RepositoryRef; mergedSha: string };

/** What a runner must know of a repository. */
export type RepositoryRef = {
  repositoryId: string;
  path: string;
  branch: string;
  layers: { pattern: string; layer: number }[];
  gates: { test: string; typecheck?: string | undefined; lint?: string | undefined };
  /** What is left out is as `repositoryRulesOf` has it. */
  rules?: Partial<RepositoryRules> | undefined;
};

/** What the tests ran of the changed lines, read. */
export type LineCoverage = z.output<typeof lineCoverage>;
