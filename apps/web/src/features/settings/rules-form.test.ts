import { describe, expect, it } from 'vitest';
import { configureOf, formOf, type RulesForm, rulesProblems } from './rules-form';

const never = { onParentExit: null, checkpoints: { keep: 10, keepForMs: 0 } };
const form = (change: Partial<RulesForm> = {}): RulesForm => ({ ...formOf(never), ...change });

describe('the rules of a project, as typed', () => {
  it('shows what holds, and asks for just that again', () => {
    for (const project of [
      never,
      { onParentExit: { failed: 'reparent', lost: 'stop' } as const, checkpoints: { keep: 3, keepForMs: 5_400_000 } },
    ])
      expect(configureOf(formOf(project))).toEqual(project);
    expect(formOf({ ...never, checkpoints: { keep: 3, keepForMs: 5_400_000 } }).keepHours).toBe('1.5');
  });
  it('goes back to the default where nothing is chosen', () => {
    expect(configureOf(form({ failed: 'ignore' })).onParentExit).toEqual({ failed: 'ignore' });
    expect(configureOf(form()).onParentExit).toBeNull();
  });
  it.each([
    [{ keep: '1' }, {}],
    [{ keep: '1000', keepHours: '8760' }, {}],
    [{ keep: '0' }, { keep: '1 to 1,000' }],
    [{ keep: '1001' }, { keep: '1 to 1,000' }],
    [{ keep: '' }, { keep: '1 to 1,000' }],
    [{ keepHours: '' }, { keepHours: '0 to 8,760' }],
    [{ keepHours: '-1' }, { keepHours: '0 to 8,760' }],
    [{ keepHours: '8761' }, { keepHours: '0 to 8,760' }],
    [{ keepHours: '1e2' }, { keepHours: '0 to 8,760' }],
  ])('%j → %j', (typed, problems) => {
    expect(rulesProblems(form(typed))).toEqual(problems);
  });
});
