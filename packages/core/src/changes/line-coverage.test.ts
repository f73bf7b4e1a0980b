import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LineCoverage } from '../api/inputs.ts';
import { type BlastRadiusInput, blastRadiusOf, levelOfScore } from './blast-radius.ts';
import { linesCovered, radiusWithCoverage, shareCovered } from './line-coverage.ts';
import { radiusInWindow } from './split-window.ts';
import { advance, approve, awaiting, errorOf, gateOf, propose, run, verify } from './testing-changes.ts';

const lines = (covered: number, of = 4, state: LineCoverage['state'] = 'measured'): LineCoverage => ({
  state,
  files: [{ path: 'src/a.ts', lines: of, covered, uncovered: [] }],
});
const input = (over: Partial<BlastRadiusInput> = {}): BlastRadiusInput => ({
  files: [{ path: 'src/a.ts', status: 'modified', added: 3, removed: 0, layer: 4 }],
  dependents: [],
  totalFiles: 100,
  apiChanged: 'none',
  weakened: [],
  coverage: null,
  ...over,
});

describe('I-SELF-2: the share of the changed lines that tests ran', () => {
  it('is of all files together, and no file counts for more than it has', () => {
    const file = { path: 'src/b.ts', lines: 1, covered: 7, uncovered: [] };
    expect(linesCovered({ files: [...lines(2).files, file] })).toEqual({ lines: 5, covered: 3 });
    expect(shareCovered({ state: 'measured', files: [...lines(2).files, file] })).toBe(0.6);
    expect(linesCovered({ files: [] })).toEqual({ lines: 0, covered: 0 });
  });
  it('is nothing where the gate fell silent, and unknown where it never spoke', () => {
    expect(shareCovered(lines(4, 4, 'silent'))).toBe(0);
    for (const state of ['unknown', 'unreadable', 'nothing-to-run'] as const) expect(shareCovered(lines(4, 4, state))).toBeNull();
    expect(shareCovered({ state: 'measured', files: [] })).toBeNull();
  });
});

describe('I-SELF-2: the blast radius with it', () => {
  it('counts by the formula and says so in its place among the reasons', () => {
    const half = blastRadiusOf(input({ hints: ['look'] }));
    const none = radiusWithCoverage(half, lines(0));
    expect(none).toEqual({ ...blastRadiusOf(input({ coverage: 0, hints: ['look'] })), lineCoverage: lines(0) });
    expect(none.score).toBeCloseTo(half.score + 7.5, 5);
    expect(none.reasons).toContain('0% of the changed lines are run by tests (15.0)');
    expect(none.reasons.join()).not.toContain('half');
    expect(radiusWithCoverage(half, lines(4))).toMatchObject({
      measured: { coverage: 1 },
      score: blastRadiusOf(input({ coverage: 1 })).score,
    });
    // not one line of a thousand is passed over by rounding
    expect(radiusWithCoverage(half, lines(999, 1000)).reasons).toContain('99% of the changed lines are run by tests (0.0)');
  });
  it('raises the level where it is worse than half', () => {
    const half = blastRadiusOf(
      input({ files: [{ path: 'src/a.ts', status: 'modified', added: 50, removed: 0, layer: 4 }], apiChanged: 'added' }),
    );
    expect(half).toMatchObject({ level: 'low', score: 22.3 });
    expect(radiusWithCoverage(half, lines(0))).toMatchObject({ level: 'medium', score: 29.8 });
    expect(radiusWithCoverage(half, lines(4, 4, 'silent')).level).toBe('medium');
    expect(radiusWithCoverage(half, { state: 'unknown', files: [] })).toEqual({ ...half, lineCoverage: { state: 'unknown', files: [] } });
  });
  it('never lowers it, since whoever is measured could have written the figure', () => {
    const half = blastRadiusOf(input({ files: [{ path: 'src/a.ts', status: 'modified', added: 3, removed: 0, layer: 3 }] }));
    expect(half.level).toBe('medium');
    const all = radiusWithCoverage(half, lines(4));
    expect(levelOfScore(all.score)).toBe('low');
    expect(all.level).toBe('medium');
    expect(all.reasons[0]).toBe('tests that ran more than half of it do not make it less than medium');
    expect(all.reasons).toHaveLength(6);
  });
  it('keeps what raised the level before: weak checks, files of no layer, other changes of the window', () => {
    const weak = blastRadiusOf(input({ weakened: ['an assertion is gone'] }));
    expect(radiusWithCoverage(weak, lines(4))).toMatchObject({ level: 'high', reasons: { 0: 'an assertion is gone: at least High' } });
    const own = blastRadiusOf(input());
    const wide = blastRadiusOf(input({ files: [{ path: 'src/b.ts', status: 'modified', added: 900, removed: 0, layer: 2 }] }));
    const together = radiusInWindow(own, [wide], 3_600_000);
    expect(together.level).toBe('medium');
    const kept = radiusWithCoverage(together, lines(4));
    expect(kept.level).toBe('medium');
    expect(kept.reasons[0]).toBe(together.reasons[0]);
    expect(kept.reasons).toHaveLength(6);
  });
  it('leaves alone what is Critical, and what was assessed before there were parts to count', () => {
    const critical = blastRadiusOf(input({ files: [{ path: 'src/a.ts', status: 'modified', added: 1, removed: 0, layer: 1 }] }));
    expect(radiusWithCoverage(critical, lines(0))).toEqual({ ...critical, lineCoverage: lines(0) });
    const { measured: _, ...old } = blastRadiusOf(input());
    expect(radiusWithCoverage(old, lines(0))).toEqual({ ...old, lineCoverage: lines(0) });
  });
  it('whatever is reported: no level falls, a better figure never scores more, and the rest stays as it was', () => {
    const radius = fc.record({
      layer: fc.constantFrom(2, 3, 4, null),
      added: fc.nat(3000),
      dependents: fc.nat(60),
      apiChanged: fc.constantFrom<BlastRadiusInput['apiChanged']>('none', 'added', 'changed'),
      weakened: fc.constantFrom<string[]>([], ['less is checked']),
    });
    const order = ['low', 'medium', 'high', 'critical'];
    fc.assert(
      fc.property(radius, fc.nat(50), fc.nat(50), fc.nat(50), (r, of, a, b) => {
        const dependents = Array.from({ length: r.dependents }, (_, i) => `src/d${i}.ts`);
        const half = blastRadiusOf(
          input({ ...r, dependents, files: [{ path: 'src/a.ts', status: 'modified', added: r.added, removed: 0, layer: r.layer }] }),
        );
        const [less, more] = [Math.min(a, b), Math.max(a, b)].map((covered) => radiusWithCoverage(half, lines(covered, of)));
        for (const measured of [less, more]) {
          expect(order.indexOf(measured?.level ?? '')).toBeGreaterThanOrEqual(order.indexOf(half.level));
          expect(measured).toMatchObject({ files: half.files, dependents: half.dependents });
        }
        expect(more?.score).toBeLessThanOrEqual(less?.score ?? 0);
      }),
    );
  });
});

describe('I-SELF-2: it is there before anybody decides', () => {
  const base = blastRadiusOf(
    input({ files: [{ path: 'src/a.ts', status: 'modified', added: 200, removed: 0, layer: 2 }], apiChanged: 'added' }),
  );
  const upTo = (lineCoverage?: LineCoverage) =>
    advance([
      propose(),
      { type: 'assessed', baseSha: 'b1', blastRadius: base },
      ...verify().slice(2, -1),
      { type: 'test-verified', lineCoverage },
      { type: 'validated' },
    ]);
  it('the record has the level of the lines that ran, and a token may no longer decide where that is High', () => {
    expect(base).toMatchObject({ level: 'medium' });
    const token = { kind: 'project', id: 'prj_1' } as const;
    expect(errorOf(upTo(lines(4)), approve(token))).toBeNull();
    const idle = upTo(lines(0));
    expect(idle.blastRadius).toMatchObject({ level: 'high', measured: { coverage: 0 }, lineCoverage: lines(0) });
    expect(idle.timeline.map((t) => t.text)).toContain(
      `The new test fails on the base by assertion and passes on the candidate, twice each; with the lines that it ran: high, score ${idle.blastRadius?.score}`,
    );
    expect(errorOf(idle, approve(token))).toBe('forbidden');
    expect(run(idle, [approve({ kind: 'person', id: 'ann', name: 'Ann' })]).state).toBe('merging');
  });
  it('a runner that tells of none leaves the record as it was assessed', () => {
    expect(upTo().blastRadius).toEqual(base);
    expect(advance(awaiting()).timeline.map((t) => t.text)).toContain(
      'The new test fails on the base by assertion and passes on the candidate, twice each',
    );
  });
  it('told again it changes nothing, and with a moved base it is measured anew', () => {
    const idle = upTo(lines(0));
    expect(run(idle, [{ type: 'test-verified', lineCoverage: lines(4) }])).toEqual(idle);
    const moved = run(idle, [{ type: 'base-moved', baseSha: 'b2' }]);
    expect(moved.blastRadius).toBeNull();
    const again = run(moved, [{ type: 'assessed', baseSha: 'b2', blastRadius: base }, ...verify().slice(2, 3), gateOf('suite', 'base')]);
    expect(again.blastRadius).toEqual(base);
  });
});
