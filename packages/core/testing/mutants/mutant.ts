/** A naive bug that someone could write in good faith, kept to show that the proofs would catch it. */
export type Mutant = {
  /** What the naive version does, in a few words. */
  name: string;
  /** The promise it breaks (semantics.md). */
  breaks: string;
  /** Places under `src/`; `find` stands there exactly once, or the mutant no longer applies and the run fails. */
  edits: readonly Edit[];
  /** The proof that must catch it. */
  caughtBy: Catcher;
};
export type Edit = { file: string; find: string; replace: string };
/** A spec under `packages/core/`; `test` is a part of the test's name, where one test alone is the proof. */
export type Catcher = { file: string; test?: string };

/** Whole fleets under random schedules: the first that breaks a promise ends it. */
export const simulation: Catcher = { file: 'testing/mutants/simulation.proof.ts' };

/** The source with the bug in it. Throws where the place has changed: a mutant that changes nothing would prove nothing. */
export function withBug(source: string, { file, find, replace }: Edit): string {
  const times = source.split(find).length - 1;
  if (times !== 1) throw new Error(`the mutant no longer applies: ${times} places in ${file} read\n${find}`);
  return source.replace(find, () => replace);
}
