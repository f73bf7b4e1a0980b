import type { ActivationRules } from '../api/repository-rules.ts';

/**
 * How far a change has come that is put to use. `waiting`: for the lease of its repository, which another holds;
 * `quiescing`: agents come to rest; `merging`: they are at rest and the
 * branch moves; `checking`: it has, and the health check runs; then `healthy`, or `rolling-back` and where that ends.
 * `called-off`: nothing was merged.
 */
export type ActivationState =
  | 'waiting'
  | 'quiescing'
  | 'merging'
  | 'checking'
  | 'healthy'
  | 'rolling-back'
  | 'rolled-back'
  | 'rollback-failed'
  | 'called-off';

/** How an approved change is put to use (I-SELF-8, I-SELF-9), beside the chain of its states. */
export type Activation = {
  state: ActivationState;
  /** As they were when it was approved. */
  rules: ActivationRules;
  /** Since when it is in this state. */
  sinceMs: number;
  /** Until when the present step must be over; null once nothing is waited for. */
  dueAtMs: number | null;
  /** Whom it has held still, as long as it holds them. */
  heldIds: string[];
  /** What it holds for itself while the code is swapped. */
  lease: { name: string; token: string } | null;
  /** Whether somebody has to look at it: it goes on, or the repository is frozen by it. */
  open: boolean;
  /** Why it was called off, or what the health check found. */
  detail: string | null;
};
