/** What runners found of changes. */
import { z } from 'zod';

/**
 * One command that a change had to pass, run on its base or on the candidate; `ms` is how long it took.
 *
 * Use it for each run, the failed ones too.
 *
 * @example
 * gateReport.safeParse({ name: 'test', on: 'base', exitCode: 1, ms: 900, passed: false, excerpt: '1 failed' }).success; // → true
 */
export const gateReport = z.object({
  name: z.string().max(64),
  on: z.enum(['base', 'candidate']),
  exitCode: z.number().int().nullable(),
  ms: z.number().int().min(0),
  passed: z.boolean(),
  excerpt: z.string().max(65_536),
  testsPassed: z.number().int().min(0).optional(),
  testsFailed: z.number().int().min(0).optional(),
});

/**
 * What the tests ran of the changed lines, file by file, as V8 reported it from the processes of the test gate. `measured`: as
 * the files say · `silent`: a gate that reports on the base said nothing with the change · `unreadable`: what ran could not
 * be brought back to the files · `unknown`: this gate reports nothing · `nothing-to-run`: comments, types, other languages.
 *
 * Use it as a hint for readers: those processes ran the code of the change too, and could have written anything.
 *
 * @example
 * const file = { path: 'src/a.ts', lines: 2, covered: 1, uncovered: [7] };
 * lineCoverage.safeParse({ state: 'measured', files: [file] }).success; // → true
 * lineCoverage.safeParse({ state: 'measured', files: [{ ...file, covered: -1 }] }).success; // → false
 */
export const lineCoverage = z.object({
  state: z.enum(['measured', 'silent', 'unreadable', 'unknown', 'nothing-to-run']),
  files: z
    .array(
      z.object({
        path: z.string(),
        /** Changed lines that can run. */
        lines: z.number().int().min(0),
        covered: z.number().int().min(0),
        /** Numbers of the others, in the new file, counted from 1. */
        uncovered: z.array(z.number().int().min(1)).max(20_000),
      }),
    )
    .max(500),
});

/**
 * How much a change touches: a level, the reasons for it, the files and who depends on them.
 *
 * Use it as it was calculated: the level says whether a person must approve, or nobody may.
 *
 * @example
 * blastRadius.safeParse({ level: 'low', score: 1, reasons: [], files: [], dependents: [] }).success; // → true
 */
export const blastRadius = z.object({
  level: z.enum(['low', 'medium', 'high', 'critical']),
  score: z.number(),
  reasons: z.array(z.string().max(500)).max(100),
  files: z
    .array(z.object({ path: z.string(), layer: z.number().int().nullable(), added: z.number().int(), removed: z.number().int() }))
    .max(5000),
  dependents: z.array(z.string()).max(5000),
  /** What the score was made of besides the files, so that it can be made again. */
  measured: z
    .object({
      totalFiles: z.number().int().min(0),
      apiChanged: z.enum(['none', 'added', 'changed']),
      coverage: z.number().min(0).max(1).nullable(),
    })
    .optional(),
  /** What a reader should look at; nothing is refused for it. */
  hints: z.array(z.string().max(500)).max(20).optional(),
  /** The changed files, and the nearest of those that depend on them, as a graph. */
  graph: z
    .object({
      nodes: z
        .array(
          z.object({
            path: z.string(),
            layer: z.number().int().nullable(),
            /** Imports between it and the nearest changed file; 0: it is one. */
            steps: z.number().int().min(0),
            /** It may load anything, so also what changed. */
            opaque: z.boolean().optional(),
          }),
        )
        .max(200),
      /** Who imports whom, as places in `nodes`. */
      edges: z.array(z.object({ from: z.number().int().min(0), to: z.number().int().min(0) })).max(400),
      leftOut: z.object({ nodes: z.number().int().min(0), edges: z.number().int().min(0) }),
    })
    .optional(),
  /** Which of the changed lines the tests ran; there once the tests have run. */
  lineCoverage: lineCoverage.optional(),
});

/** One run of a gate, read. */
export type GateReport = z.output<typeof gateReport>;

/** How much a change touches, read. */
export type BlastRadius = z.output<typeof blastRadius>;
