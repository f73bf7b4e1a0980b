/** What a repository demands of changes to it, besides its gates. */
import { z } from 'zod';

/**
 * How far a gate can be shut in, the strongest first.
 *
 * Use it to list or to compare; what the runner reached stands in the log of every gate.
 *
 * @example
 * isolationLevels.indexOf('bubblewrap') < isolationLevels.indexOf('process-group'); // → true
 */
export const isolationLevels = ['bubblewrap', 'namespaces', 'process-group'] as const;
/** One of `isolationLevels`. */
export type IsolationLevel = (typeof isolationLevels)[number];

const dayMs = 86_400_000;

/**
 * What happens when a change is merged and put to use: which agents are held still, what is asked of the merged commit,
 * and how long each may take, in milliseconds.
 *
 * Use it as the rule `activation` of a repository; without it a merge moves the branch and that is all.
 *
 * @example
 * activationRules.parse({ healthCheck: 'npm run smoke' }).quiesce; // → 'proposer'
 * activationRules.parse({ healthCheck: 'npm run smoke' }).healthCheckMs; // → 60_000
 * activationRules.safeParse({ healthCheck: ' ' }).success; // → false
 */
export const activationRules = z.object({
  /** A shell command on the merged commit, shut in as gates are; any exit code but 0 takes the change back. */
  healthCheck: z.string().trim().min(1).max(4096),
  healthCheckMs: z.number().int().min(1_000).max(1_800_000).default(60_000),
  /** Who runs the code, and is held still while it is swapped: the proposer, with all below it, its whole session, or nobody. */
  quiesce: z.enum(['proposer', 'subtree', 'session', 'none']).default('proposer'),
  /** How long they have to come to rest, before the merge is called off. */
  quiesceMs: z.number().int().min(1_000).max(1_800_000).default(60_000),
});
/** The rules of an activation, all of them. */
export type ActivationRules = z.output<typeof activationRules>;

/**
 * The rules of a repository; what is left out is as the example shows.
 *
 * Use it when one is registered, and by `repositoryRulesOf` on what was stored before a rule was known.
 *
 * @example
 * repositoryRules.parse({}).splitWindowMs; // → 86_400_000
 * repositoryRules.parse({}).minimumIsolation; // → 'process-group'
 * repositoryRules.parse({}).fourEyes; // → 'off'
 * repositoryRules.parse({}).activation; // → null
 * repositoryRules.safeParse({ splitWindowMs: -1 }).success; // → false
 */
export const repositoryRules = z.object({
  /** Changes that are proposed within this time of each other are weighed together, too; 0: each on its own. */
  splitWindowMs: z
    .number()
    .int()
    .min(0)
    .max(30 * dayMs)
    .default(dayMs),
  /** Whose changes are weighed together: those of an agent with the agents above and below it, or of its whole session. */
  splitWindowAcross: z.enum(['line', 'session']).default('line'),
  /** What a gate must at least be shut in by; where less is reached nothing of the change is run. */
  minimumIsolation: z.enum(isolationLevels).default('process-group'),
  /** What all processes of a gate may hold together; null: as much as there is. */
  gateMemoryBytes: z
    .number()
    .int()
    .min(64 * 1024 ** 2)
    .nullable()
    .default(null),
  /** Whether two people must approve: never, from High up, or always. */
  fourEyes: z.enum(['off', 'high', 'always']).default('off'),
  /** Whether an agent above the proposer must endorse a change before anybody else approves it; a root has none above. */
  parentFirst: z.boolean().default(false),
  /** How a merge is put to use and checked; null: it moves the branch, and that is all. */
  activation: activationRules.nullable().default(null),
});
/** Who still has to approve a change: an agent above the proposer, a person, or one person more. */
export type ApprovalNeed = 'parent' | 'person' | 'second-person';

/** The rules of a repository, all of them. */
export type RepositoryRules = z.output<typeof repositoryRules>;

/**
 * Rules with the defaults where none were given.
 *
 * Use it wherever rules are asked: those of old records and those that a caller left out are then the same.
 *
 * @example
 * repositoryRulesOf(undefined).splitWindowAcross; // → 'line'
 * repositoryRulesOf({ splitWindowMs: 0 }).splitWindowMs; // → 0
 */
export const repositoryRulesOf = (rules: Partial<RepositoryRules> | null | undefined): RepositoryRules =>
  repositoryRules.parse(rules ?? {});
