import { type Agent, isFinalAgent, type SpawnCounts } from '@reeve/core';

type SessionCounts = Pick<SpawnCounts['session'], 'live' | 'total'>;
/** How many agents a project and its sessions have. */
export type Counts = { live: number; sessions: Map<string, SessionCounts> };
/** Sessions that ended long ago are counted again when one spawns once more. */
const mostSessions = 10_000;

const isLive = (agent: Agent): boolean => !isFinalAgent(agent.state);

/**
 * The counts that the limits bound, within one transaction: as they were at its begin, with what it does itself on top. What is
 * known already is not counted again, so that a registration in a fleet of ten thousand does not count all of them.
 */
export class Counted {
  private readonly before = new Map<string, Agent | undefined>();
  private readonly written = new Map<string, Agent>();
  private live: number | undefined;
  private readonly sessions: Map<string, SessionCounts>;

  constructor(known: Counts | undefined) {
    this.live = known?.live;
    this.sessions = known?.sessions ?? new Map();
  }
  /** Told of every agent that is written: as it was when the transaction began (`undefined`: it was not), and as it is now. */
  wrote(before: Agent | undefined, after: Agent): void {
    if (!this.before.has(after.id)) this.before.set(after.id, before);
    this.written.set(after.id, after);
  }
  /** The live agents of the project, as of now; counted by `count` (as of now, too) where nobody knows. */
  async liveNow(count: () => Promise<number>): Promise<number> {
    const change = this.changes().live;
    this.live ??= (await count()) - change;
    return this.live + change;
  }
  /** The same of sessions; `count` answers for those that nobody knows, and leaves out what has no agent. */
  async sessionsNow(
    ids: readonly string[],
    count: (unknown: string[]) => Promise<Map<string, SessionCounts>>,
  ): Promise<Map<string, SessionCounts>> {
    const changes = this.changes().sessions;
    const unknown = ids.filter((id) => !this.sessions.has(id));
    const counted = unknown.length ? await count(unknown) : new Map<string, SessionCounts>();
    for (const id of unknown) this.sessions.set(id, plus(counted.get(id) ?? none, changes.get(id) ?? none, -1));
    return new Map(ids.map((id) => [id, plus(this.sessions.get(id) ?? none, changes.get(id) ?? none, 1)]));
  }
  /** As they are after the transaction, as far as they are known. */
  after(): Counts | undefined {
    if (this.live === undefined || this.sessions.size > mostSessions) return undefined;
    const changes = this.changes();
    for (const [id, change] of changes.sessions) {
      const before = this.sessions.get(id);
      if (before) this.sessions.set(id, plus(before, change, 1));
    }
    return { live: this.live + changes.live, sessions: this.sessions };
  }
  private changes(): { live: number; sessions: Map<string, SessionCounts> } {
    let live = 0;
    const sessions = new Map<string, SessionCounts>();
    const add = (agent: Agent, sign: 1 | -1) => {
      const one = isLive(agent) ? 1 : 0;
      live += sign * one;
      sessions.set(agent.sessionId, plus(sessions.get(agent.sessionId) ?? none, { live: one, total: 1 }, sign));
    };
    for (const [id, before] of this.before) {
      if (before) add(before, -1);
      add(this.written.get(id) as Agent, 1);
    }
    return { live, sessions };
  }
}
const none: SessionCounts = { live: 0, total: 0 };
const plus = (a: SessionCounts, b: SessionCounts, sign: 1 | -1): SessionCounts => ({
  live: a.live + sign * b.live,
  total: a.total + sign * b.total,
});
