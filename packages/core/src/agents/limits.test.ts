import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideSpawn, defaultLimits, limitNames, maxDepth, type SpawnCounts, tightest, usageOf } from './limits.ts';
import { SpawnTally } from './spawn-tally.ts';

const none: SpawnCounts = { children: 0, session: { live: 0, total: 0, recent: 0 }, project: { live: 0, recent: 0 } };
const full: SpawnCounts = { children: 2, session: { live: 3, total: 4, recent: 5 }, project: { live: 6, recent: 7 } };

describe('limits on spawning', () => {
  it('each refuses the agent that would pass it, by its name and with its bound, and admits the last that fits', () => {
    const used = usageOf(2, full);
    expect(used).toEqual({
      depth: 1,
      children: 2,
      'session-live-agents': 3,
      'session-spawns': 4,
      'session-spawns-per-minute': 5,
      'project-live-agents': 6,
      'project-spawns-per-minute': 7,
    });
    for (const name of limitNames) {
      const at = { ...defaultLimits, [name]: used[name] };
      expect(decideSpawn(2, full, at), name).toEqual({ ok: false, error: { code: 'limit_reached', limit: name, max: used[name] } });
      expect(decideSpawn(2, full, { ...at, [name]: used[name] + 1 }).ok, name).toBe(true);
    }
  });
  it('no project may have a deeper tree than a path can be kept of', () => {
    expect(decideSpawn(maxDepth, none, defaultLimits).ok).toBe(true);
    expect(decideSpawn(maxDepth + 1, none, defaultLimits)).toMatchObject({ error: { limit: 'depth', max: 64 } });
  });
  it('a session narrows the limits of its project and never widens them', () => {
    const project = { ...defaultLimits, children: 10 };
    expect(tightest(project, { children: 3, depth: 64 })).toEqual({ ...project, children: 3 });
    expect(tightest(project, { children: 11 })).toEqual(project);
    expect(tightest(project, null)).toEqual(project);
    expect(tightest(project, { children: 0 }).children).toBe(0);
  });
});

describe('the tally of a batch', () => {
  it('counts on from what the store counted, exactly as the store would have counted after each', () => {
    // node i hangs below an earlier one, or is a root
    const forest = fc.array(fc.option(fc.nat()), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(forest, (picks) => {
        const nodes: { id: string; parentId: string | null; sessionId: string }[] = [];
        const tally = new SpawnTally({ project: { live: 0, recent: 0 }, sessions: new Map(), children: new Map() });
        for (const [i, pick] of picks.entries()) {
          const parent = pick === null ? undefined : nodes[pick % Math.max(1, i)];
          const node = { id: `n${i}`, parentId: parent?.id ?? null, sessionId: parent?.sessionId ?? `n${i}` };
          const inSession = nodes.filter((n) => n.sessionId === node.sessionId).length;
          expect(tally.of(node.parentId, parent ? node.sessionId : null)).toEqual({
            children: node.parentId === null ? 0 : nodes.filter((n) => n.parentId === node.parentId).length,
            session: { live: inSession, total: inSession, recent: inSession },
            project: { live: i, recent: i },
          });
          tally.registered(node.parentId, node.sessionId);
          nodes.push(node);
        }
      }),
    );
  });
});
