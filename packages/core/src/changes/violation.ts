/**
 * Why a proposal is refused: a rule by its name, and what happened with what to do, in words that a model can act on.
 * Rule ids are part of what callers rely on; add to them, do not rename.
 */
export type Violation = { rule: ChangeRule; detail: string };

/**
 * Every rule that a proposal can break, by its name.
 *
 * Use it to list or to validate rules; callers rely on the names.
 *
 * @example
 * changeRules.includes('protected-path'); // → true
 */
export const changeRules = [
  'patch-malformed',
  'patch-too-large',
  'patch-does-not-apply',
  'path-leaves-tree',
  'path-not-plain',
  'path-case-collision',
  'git-directory-path',
  'symlink',
  'submodule',
  'mode-change',
  'binary-patch',
  'bidi-characters',
  'test-missing',
  'fix-missing',
  'source-in-test-patch',
  'test-in-fix-patch',
  'existing-test-changed',
  'protected-path',
  'critical-layer',
  'suppression-added',
  'test-skipped',
  'base-gate-fails',
  'test-does-not-fail-on-base',
  'load-error-is-no-red',
  'red-without-assertion',
  'test-is-flaky',
  'test-depends-on-order',
  'test-does-not-pass-on-candidate',
  'regression',
  'test-disappeared',
  'fewer-tests',
  'report-disagrees-with-exit-code',
  'gate-timed-out',
  'gate-out-of-memory',
  'isolation-too-weak',
  'gate-failed',
  'candidate-mismatch',
  'test-passes-without-repair',
  'test-reads-source',
  'assertions-patched',
] as const;
/** The name of a rule that a proposal can break. */
export type ChangeRule = (typeof changeRules)[number];
