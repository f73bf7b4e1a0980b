import { describe, expect, it } from 'vitest';
import { repositoryRulesOf } from '../api/repository-rules.ts';
import { type BlastRadiusInput, blastRadiusOf } from './blast-radius.ts';
import { radiusInWindow, type WeighedChange, weighedWith } from './split-window.ts';

const measured = (over: Partial<BlastRadiusInput> = {}) =>
  blastRadiusOf({
    files: [{ path: 'src/a.ts', status: 'modified', added: 20, removed: 0, layer: 4 }],
    dependents: [],
    totalFiles: 100,
    apiChanged: 'none',
    weakened: [],
    coverage: 1,
    ...over,
  });
const file = (path: string, added: number, layer: number | null = 4) => ({ path, status: 'modified' as const, added, removed: 0, layer });
const change = (id: string, over: Partial<WeighedChange> = {}): WeighedChange => ({
  id,
  agentId: 'coder',
  agentPath: ['root', 'lead', 'coder'],
  state: 'merged',
  blastRadius: measured(),
  createdAtMs: 0,
  ...over,
});
const rules = repositoryRulesOf({ splitWindowMs: 1_000 });
const ids = (others: WeighedChange[], nowMs = 0, over: Partial<typeof rules> = {}) =>
  weighedWith(change('own'), others, { ...rules, ...over }, nowMs).map((c) => c.id);

describe('I-SELF-2: which changes are weighed together', () => {
  it('those merged and open, not what is gone, not itself', () => {
    const states = ['proposed', 'isolated', 'awaiting-approval', 'merging', 'merged'] as const;
    const gone = ['rolled-back', 'refused', 'rejected', 'failed', 'expired', 'withdrawn'] as const;
    expect(ids([...states, ...gone].map((state) => change(state, { state })))).toEqual(states);
    expect(ids([change('own')])).toEqual([]);
    expect(ids([change('unmeasured', { blastRadius: null })])).toEqual([]);
  });
  it('within the window, to the millisecond', () => {
    expect(ids([change('a')], 999)).toEqual(['a']);
    expect(ids([change('a')], 1_000)).toEqual([]);
    expect(ids([change('a')], 0, { splitWindowMs: 0 })).toEqual([]);
  });
  it('of the agent, of those above and below it; of the whole session where the rules say so', () => {
    const others = [
      change('above', { agentId: 'lead', agentPath: ['root', 'lead'] }),
      change('below', { agentId: 'helper', agentPath: ['root', 'lead', 'coder', 'helper'] }),
      change('beside', { agentId: 'other', agentPath: ['root', 'lead', 'other'] }),
      change('elsewhere', { agentId: 'x', agentPath: ['another', 'x'] }),
    ];
    expect(ids(others)).toEqual(['above', 'below']);
    expect(ids(others, 0, { splitWindowAcross: 'session' })).toEqual(['above', 'below', 'beside']);
  });
});

describe('I-SELF-2: a change split under the thresholds', () => {
  const parts = Array.from({ length: 6 }, (_, i) =>
    measured({ files: [file(`src/part${i}.ts`, 90, 3)], dependents: [`src/user${2 * i}.ts`, `src/user${2 * i + 1}.ts`] }),
  );
  const whole = measured({
    files: parts.flatMap((_, i) => file(`src/part${i}.ts`, 90, 3)),
    dependents: Array.from({ length: 12 }, (_, i) => `src/user${i}.ts`),
  });
  it('weighs in its last part what it weighs as one', () => {
    expect(parts.map((p) => p.level)).toEqual(Array(6).fill('low'));
    expect(whole.level).toBe('medium');
    const [last, ...others] = parts.reverse() as [(typeof parts)[number], ...typeof parts];
    const raised = radiusInWindow(last, others, 86_400_000);
    expect(raised).toEqual({
      ...last,
      level: 'medium',
      reasons: [
        `together with 5 other changes of the last 24 h, merged or open, it has 540 lines in 6 files and a score of ${whole.score}: at least Medium`,
        ...last.reasons,
      ],
    });
  });
  it('is left as it is where it is heavy enough alone, or the others weigh nothing', () => {
    const heavy = measured({ weakened: ['a rule is gone'] });
    expect(radiusInWindow(heavy, parts, 1)).toBe(heavy);
    const critical = measured({ files: [file('src/core/a.ts', 1, 1)] });
    expect(radiusInWindow(critical, parts, 1)).toBe(critical);
    const light = measured();
    expect(radiusInWindow(light, [], 1)).toBe(light);
    expect(radiusInWindow(light, [measured({ files: [file('src/a.ts', 1)] })], 1)).toBe(light);
  });
  it('takes the heaviest of API, layer and coverage, lines of one file together, and never becomes Critical', () => {
    const own = measured();
    const raised = (other: Partial<BlastRadiusInput>) => radiusInWindow(own, [measured(other)], 90_000).reasons[0];
    expect(raised({ apiChanged: 'changed', coverage: null })).toContain('of the last 2 min, merged or open, it has 40 lines in 1 files');
    expect(raised({ files: [file('src/b.ts', 500, 2)] })).toContain('at least Medium');
    const core = radiusInWindow(own, [measured({ files: [file('src/core/a.ts', 500, 1)], apiChanged: 'changed', coverage: 0 })], 1);
    expect(core.level).toBe('high');
    // what was measured before these numbers were kept weighs by its files alone
    const { measured: _, ...old } = measured({ files: [file('src/b.ts', 500, 2)] });
    expect(radiusInWindow(own, [old], 1).level).toBe('medium');
  });
});
