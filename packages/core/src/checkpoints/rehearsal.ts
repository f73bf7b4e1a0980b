/** Whoever carries metadata: an agent. */
type Marked = { metadata: Record<string, unknown> };
/** What a rehearsal carries in its metadata, and all that it registers: the checkpoint that it began from. */
const mark = 'rehearsalOf';

/**
 * The checkpoint that the agent rehearses from, itself or as part of a rehearsal; undefined: it is live.
 *
 * Use it before anything that reaches beyond the agent's own session.
 *
 * @example
 * rehearsalOf({ metadata: { rehearsalOf: 'ckp_1' } }); // → 'ckp_1'
 * rehearsalOf({ metadata: {} }); // → undefined
 */
export function rehearsalOf(agent: Marked): string | undefined {
  const from = agent.metadata[mark];
  return typeof from === 'string' ? from : undefined;
}

/**
 * The metadata of an agent below `parent`: whatever a rehearsal registers belongs to the rehearsal, whatever it says.
 *
 * Use it at each registration.
 *
 * @example
 * metadataBelow({ metadata: { rehearsalOf: 'ckp_1' } }, { rehearsalOf: null }).rehearsalOf; // → 'ckp_1'
 * metadataBelow({ metadata: {} }, { a: 1 }); // → { a: 1 }
 */
export function metadataBelow(parent: Marked | undefined, own: Record<string, unknown>): Record<string, unknown> {
  const from = parent && rehearsalOf(parent);
  return from === undefined ? own : { ...own, [mark]: from };
}

/**
 * A lock or a barrier of a rehearsal: one of its own, which no live agent ever asks for.
 *
 * Use it wherever a rehearsal names one.
 *
 * @example
 * rehearsedName('agt_1', 'deploy'); // → 'rehearsal/agt_1/deploy'
 */
export const rehearsedName = (sessionId: string, name: string): string => `rehearsal/${sessionId}/${name}`;

/** A checkpoint as far as a comparison looks at it; `isKept`: it can still be opened, retention has not taken it. */
export type ComparedState = { checkpointId: string; epoch: number; sequence: number; digest: string; isKept: boolean };
/** What a rehearsal did beside what the original did, both behind the same checkpoint. */
export type RehearsalComparison = {
  /** `ahead`, `behind`: the one has done all that the other did, and more. */
  effects: {
    same: number;
    original: number;
    rehearsed: number;
    /** The first step in which they differ, and what each did there; null: so far they do not. */
    difference: { step: number; original: string; rehearsed: string } | null;
  };
  /** The states that the original saved, and which of the rehearsal's is equal to the byte. */
  states: { original: ComparedState; equal: ComparedState | null }[];
  /** Saved by the rehearsal, and by the original never. */
  onlyRehearsed: ComparedState[];
};

/**
 * Compares effects by key in the order in which they were begun, and states by digest. That one of them has come further is
 * no difference; that they did another thing at the same step is.
 *
 * Use it at any moment of a rehearsal; the more both have done, the more it says.
 *
 * @example
 * const none = { effects: [], states: [] };
 * compareRehearsal({ ...none, effects: ['pay', 'mail'] }, { ...none, effects: ['pay'] }).effects.difference; // → null
 * compareRehearsal({ ...none, effects: ['pay'] }, { ...none, effects: ['mail'] }).effects.difference; // → { step: 1, original: 'pay', rehearsed: 'mail' }
 */
export function compareRehearsal(
  original: { effects: readonly string[]; states: readonly ComparedState[] },
  rehearsed: { effects: readonly string[]; states: readonly ComparedState[] },
): RehearsalComparison {
  const both = Math.min(original.effects.length, rehearsed.effects.length);
  let same = 0;
  while (same < both && original.effects[same] === rehearsed.effects[same]) same += 1;
  const [theirs, ours] = [original.effects[same], rehearsed.effects[same]];
  const taken = new Set<string>();
  const states = original.states.map((state) => {
    const equal = rehearsed.states.find((s) => s.digest === state.digest && !taken.has(s.checkpointId)) ?? null;
    if (equal) taken.add(equal.checkpointId);
    return { original: state, equal };
  });
  return {
    effects: {
      same,
      original: original.effects.length,
      rehearsed: rehearsed.effects.length,
      difference: same < both && theirs !== undefined && ours !== undefined ? { step: same + 1, original: theirs, rehearsed: ours } : null,
    },
    states,
    onlyRehearsed: rehearsed.states.filter((s) => !taken.has(s.checkpointId)),
  };
}
