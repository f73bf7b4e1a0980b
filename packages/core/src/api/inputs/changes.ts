/** What callers send about changes and repositories. */
import { z } from 'zod';
import { repositoryRules } from '../repository-rules.ts';
import { id, name, page, reason, requestId } from './fields.ts';

/**
 * Which layer, 1 to 4, the files of a pattern belong to; layer 1 is never changed by an agent.
 *
 * Use it in a repository's list, where the last rule that matches wins.
 *
 * @example
 * layerRule.safeParse({ pattern: 'src/**', layer: 2 }).success; // → true
 * layerRule.safeParse({ pattern: 'src/**', layer: 5 }).success; // → false
 */
export const layerRule = z.object({ pattern: z.string().min(1).max(500), layer: z.number().int().min(1).max(4) });

/**
 * A repository that changes can be proposed to, with the commands that must pass before one is merged.
 *
 * Use it once for each path; `main` is its branch unless told.
 *
 * @example
 * registerRepositoryInput.parse({ name: 'app', path: '/srv/app', gates: { test: 'npm test' } }).branch; // → 'main'
 * registerRepositoryInput.safeParse({ name: 'app', path: '/srv/app', gates: {} }).success; // → false
 */
export const registerRepositoryInput = z.object({
  name,
  path: z.string().min(1).max(4096),
  branch: z.string().max(200).default('main'),
  layers: z.array(layerRule).max(500).optional(),
  gates: z.object({ test: z.string().min(1).max(4096), typecheck: z.string().max(4096).optional(), lint: z.string().max(4096).optional() }),
  rules: repositoryRules.optional(),
});

/**
 * A change as two patches: the test that shows the fault, and the fix; each below 900,000 characters.
 *
 * Use it for what an agent wants changed; what the patches hold is judged by rules of its own.
 *
 * @example
 * const change = { repositoryId: 'rep_1', agentId: 'agt_1', title: 'fix it', testPatch: '', fixPatch: '' };
 * proposeChangeInput.safeParse({ ...change, reason: 'it fails' }).success; // → true
 * proposeChangeInput.safeParse({ ...change, reason: '' }).success; // → false
 */
export const proposeChangeInput = z.object({
  repositoryId: id,
  agentId: id,
  title: z.string().trim().min(1).max(300),
  reason: z.string().trim().min(1).max(20_000),
  testPatch: z.string().max(900_000),
  fixPatch: z.string().max(900_000),
  requestId: requestId.optional(),
});

/**
 * Changes by page, all of them or those in some states.
 *
 * Use it to look; one with its patches is read by its id.
 *
 * @example
 * listChangesInput.parse({}).limit; // → 100
 */
export const listChangesInput = z.object({ state: z.string().max(300).optional(), ...page });

/**
 * A decision about a change (approve, endorse, reject, roll back), bound to the diff that was looked at.
 *
 * Use it with the `diffHash` of the page that was read: of another diff it is refused.
 *
 * @example
 * decideChangeInput.parse({ id: 'chg_1', diffHash: 'abc' }).comment; // → ''
 * decideChangeInput.safeParse({ id: 'chg_1' }).success; // → false
 */
export const decideChangeInput = z.object({ id, diffHash: z.string().min(1).max(200), comment: z.string().max(20_000).default('') });

/**
 * Something said about a change, up to 4,000 characters, where it helps about one line of a file of its diff.
 *
 * Use it for a question or an answer: it decides nothing. Give a `requestId` where the reply may be lost.
 *
 * @example
 * commentChangeInput.safeParse({ id: 'chg_1', body: 'why not reuse it?', path: 'src/a.ts', line: 3 }).success; // → true
 * commentChangeInput.safeParse({ id: 'chg_1', body: ' ' }).success; // → false
 * commentChangeInput.safeParse({ id: 'chg_1', body: 'here', line: 3 }).success; // → false
 */
export const commentChangeInput = z
  .object({
    id,
    body: z.string().trim().min(1).max(4000),
    path: z.string().min(1).max(1000).optional(),
    line: z.number().int().min(1).max(10_000_000).optional(),
    requestId: requestId.optional(),
  })
  .refine((c) => c.line === undefined || c.path !== undefined, { path: ['path'], message: 'a line belongs to a file: say which' });

/**
 * An approval that sets aside what the rules of the repository still ask for, with the reason.
 *
 * Use it where a second person or the agent above the proposer is missing and cannot be waited for; a Critical change stays
 * refused, and failed gates cannot be set aside.
 *
 * @example
 * overrideChangeInput.safeParse({ id: 'chg_1', diffHash: 'abc', comment: 'nobody else is awake' }).success; // → true
 * overrideChangeInput.safeParse({ id: 'chg_1', diffHash: 'abc', comment: ' ' }).success; // → false
 */
export const overrideChangeInput = decideChangeInput.extend({ comment: z.string().trim().min(1).max(20_000) });

/**
 * Takes a proposed change back, with the reason.
 *
 * Use it for the proposer's own word; a reviewer rejects with `decideChangeInput`.
 *
 * @example
 * withdrawChangeInput.parse({ id: 'chg_1' }).reason; // → ''
 */
export const withdrawChangeInput = z.object({ id, reason });
