import type { SpawnCounts } from './limits.ts';

/** What a store counted, by id; what it does not name is 0. */
export type SpawnTallies = {
  project: SpawnCounts['project'];
  sessions: ReadonlyMap<string, SpawnCounts['session']>;
  children: ReadonlyMap<string, number>;
};

/**
 * The counts of a batch of registrations: read once, then kept up with what the batch itself registers, so that a storm
 * of a thousand costs one read.
 *
 * Use it for all registrations of one transaction; across transactions the store counts anew.
 *
 * @example
 * const tally = new SpawnTally({ project: { live: 0, recent: 0 }, sessions: new Map(), children: new Map() });
 * tally.registered(null, 'a');
 * tally.registered('a', 'a');
 * tally.of('a', 'a').children; // → 1
 * tally.of('a', 'a').session.live; // → 2
 */
export class SpawnTally {
  private readonly sessions: Map<string, SpawnCounts['session']>;
  private readonly children: Map<string, number>;
  private project: SpawnCounts['project'];

  constructor(counted: SpawnTallies) {
    this.project = counted.project;
    this.sessions = new Map(counted.sessions);
    this.children = new Map(counted.children);
  }
  /** As it stands for one more agent under this parent in this session; null: a root. */
  of(parentId: string | null, sessionId: string | null): SpawnCounts {
    return {
      children: parentId === null ? 0 : (this.children.get(parentId) ?? 0),
      session: (sessionId === null ? undefined : this.sessions.get(sessionId)) ?? { live: 0, total: 0, recent: 0 },
      project: this.project,
    };
  }
  registered(parentId: string | null, sessionId: string): void {
    if (parentId !== null) this.children.set(parentId, (this.children.get(parentId) ?? 0) + 1);
    const { live, total, recent } = this.of(parentId, sessionId).session;
    this.sessions.set(sessionId, { live: live + 1, total: total + 1, recent: recent + 1 });
    this.project = { live: this.project.live + 1, recent: this.project.recent + 1 };
  }
}
