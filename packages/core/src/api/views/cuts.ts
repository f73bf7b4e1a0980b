/** What the API answers of cuts and rehearsals. */

import type { CutLeftOut, CutMissing, CutStart, CutState } from '../../checkpoints/cut.ts';
import type { RehearsalComparison } from '../../checkpoints/rehearsal.ts';
import type { RestorePreview } from './checkpoints.ts';

/** A rehearsal beside what its original did behind the same checkpoint. */
export type RehearsalView = RehearsalComparison & {
  agentId: string;
  checkpointId: string;
  /** Whose checkpoint it is. */
  originalId: string;
  originalName: string | null;
};

/** One agent of a cut, and why its checkpoint is not there. */
export type CutMemberView = {
  agentId: string;
  name: string;
  parentId: string | null;
  epoch: number;
  checkpointId: string | null;
  savedAt: string | null;
  missing: CutMissing | null;
};

/** How far a restore of a cut has come; it goes on by itself, also after the server began anew. */
export type CutRestoreView = {
  /** 1 for the first restore of this cut. */
  number: number;
  by: string;
  startedAt: string;
  /** Null: under way. */
  doneAt: string | null;
  starts: (CutStart & { name: string })[];
  leftOut: CutLeftOut[];
};

/** The checkpoints that a subtree saved when it was asked as a whole. */
export type CutView = {
  id: string;
  rootId: string;
  reason: string;
  createdAt: string;
  state: CutState;
  /** How far the first and the last checkpoint are apart. */
  spanMs: number;
  members: CutMemberView[];
  restore: CutRestoreView | null;
};

/** What a restore of a cut would do at this moment. Nothing is changed by asking. */
export type CutPreview = {
  cutId: string;
  /** In words, why it would be refused; null: it would not. */
  refusal: string | null;
  /** Some agents are left out: it has to be said that this is meant. */
  needsPartial: boolean;
  /** Who goes on, parents before children. */
  members: (Pick<RestorePreview, 'checkpointId' | 'agentId' | 'agentState' | 'epoch' | 'lost' | 'inDoubt'> & { name: string })[];
  leftOut: CutLeftOut[];
};
