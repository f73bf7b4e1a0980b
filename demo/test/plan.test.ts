import { describe, expect, it } from 'vitest';
import { maxRounds, roundMs } from '../src/fleet/kit.ts';
import { firstTasks, roundTasks } from '../src/roles/plan.ts';
import { shiftMs, teams } from '../src/roles/teams.ts';
import { readTap } from '../src/work/tap.ts';

const tools = ['csv', 'dates', 'lists'];

describe('the plan', () => {
  it('has a review wait for its fix', () => {
    const tasks = firstTasks({ tools, failing: ['csv-doubled-quotes'], known: {} });
    const review = tasks.find((task) => task.kind === 'review');
    expect(review?.after).toBe('fix:csv-doubled-quotes');
    expect(tasks.findIndex((task) => task.key === review?.after)).toBeLessThan(tasks.indexOf(review as (typeof tasks)[0]));
    expect(tasks.map((task) => task.title)).toContain('Fix csv: doubled quotes');
  });
  it('does not plan again what it knows', () => {
    const known = Object.fromEntries(firstTasks({ tools, failing: ['a-b'], known: {} }).map((task) => [task.key, 'id']));
    expect(firstTasks({ tools, failing: ['a-b'], known })).toEqual([]);
  });
  it('adds at most three tasks a round, and gives every tool its turn', () => {
    const rounds = Array.from({ length: 12 }, (_, round) => roundTasks(round, tools, ['a-b']));
    expect(Math.max(...rounds.map((tasks) => tasks.length))).toBe(3);
    expect(
      new Set(
        rounds
          .flat()
          .filter((task) => task.kind === 'read')
          .map((task) => task.subject),
      ),
    ).toEqual(new Set(tools));
  });
  it('stays bounded: some hundreds of tasks on the first day', () => {
    let [ms, rounds] = [0, 0];
    while (ms < 24 * 3_600_000) ms += roundMs(rounds++);
    expect(rounds * 3).toBeLessThan(500);
    expect(maxRounds * 3).toBeLessThan(1_500);
  });
});

describe('the teams', () => {
  const places = Object.values(teams).flat();
  it('are 14 agents with the orchestrator, the planner and three leads', () => {
    expect(places.length + 5).toBe(14);
    expect(new Set(places.map((place) => place.slot)).size).toBe(places.length);
  });
  it('hand over less and less often', () => {
    let agents = 0;
    for (const place of places.filter((p) => p.shifts))
      for (let ms = 0, generation = 0; ms < 24 * 3_600_000; generation++) {
        ms += shiftMs(place.first ?? 0, generation) ?? Number.POSITIVE_INFINITY;
        agents++;
      }
    expect(agents).toBeLessThan(120);
  });
});

describe('reading TAP', () => {
  it('tells an assertion from a load error, and a suite from a test', () => {
    const tap = [
      'not ok 1 - adds',
      '  ---',
      '  error: |-',
      '    Expected values to be strictly equal:',
      '    ',
      '    1 !== 2',
      '    ...',
      "  code: 'ERR_ASSERTION'",
      '  ...',
      'not ok 2 - /x.test.ts',
      '  ---',
      "  error: 'test failed'",
      "  code: 'ERR_TEST_FAILURE'",
      '  ...',
      'ok 3 - group',
      '  ---',
      "  type: 'suite'",
      '  ...',
      'ok 4 - works',
    ].join('\n');
    expect(readTap(tap)).toEqual({
      passed: 1,
      failed: 2,
      failures: [
        { name: 'adds', error: 'Expected values to be strictly equal: 1 !== 2 ...', byAssertion: true },
        { name: '/x.test.ts', error: 'test failed', byAssertion: false },
      ],
    });
  });
});
