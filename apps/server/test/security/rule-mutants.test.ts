import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Rule, rules } from '../../src/trpc/roles.ts';
import { TestServer } from '../harness.ts';
import { type Caller, type Standing, standing } from './callers.ts';
import { expected } from './expected.ts';
import { faults, paths, row } from './matrix.ts';
import { page } from './page.ts';

/** A rule with one of its checks taken out, and whom that lets in. */
type Weakened = { name: string; rule: Rule; callers: readonly Caller[] };
const people = ['viewer', 'operator', 'approver', 'owner', 'owner unproven', 'viewer token', 'operator token', 'owner token'] as const;

function weakened(path: string): Weakened[] {
  const rule = rules[path] as Rule;
  const refused = (list: readonly Caller[]) => list.filter((c) => expected(path, c) === 'forbidden');
  const out: Weakened[] = [];
  if (rule.least !== 'viewer') out.push({ name: 'any role', rule: { ...rule, least: 'viewer' }, callers: refused(people) });
  if (rule.agent === 'never') out.push({ name: 'agents too', rule: { ...rule, agent: 'below' }, callers: ['target', 'sibling'] });
  if (rule.runner === 'never')
    out.push({ name: 'runners too', rule: { ...rule, runner: 'below' }, callers: ['host runner', 'other runner'] });
  if (rule.person) {
    const { person: _, ...open } = rule;
    out.push({ name: 'tokens too', rule: open, callers: refused(people) });
  }
  if (rule.confirmed) {
    const { confirmed: _, ...open } = rule;
    out.push({ name: 'unproven too', rule: open, callers: ['owner unproven'] });
  }
  return out;
}

/** Refused a second time where it is done: of the matrix only the written page turns red without the rule, and core's own tests hold the refusal. */
const heldTwice = new Set<string>([
  'agents.register: runners too',
  'agents.setBudget: agents too',
  'agents.setBudget: runners too',
  'costs.adjust: agents too',
  'costs.adjust: runners too',
  'tasks.depend: runners too',
  'tasks.edit: runners too',
  'changes.approve: runners too',
  'changes.override: runners too',
  'changes.override: tokens too',
  'changes.reject: runners too',
  'changes.rollback: runners too',
  'changes.withdraw: runners too',
]);

// every check once: by hand, and for the rules of a change (REEVE_RULE_MUTANTS=1)
describe.runIf(process.env.REEVE_RULE_MUTANTS)('a rule without one of its checks turns the matrix red', () => {
  let server: TestServer;
  let who: Standing;
  const survivors: string[] = [];
  /** What docs/who-may-what.md does not show, which the matrix test holds against the rules. */
  const unwritten: string[] = [];
  const written = page(paths);
  let tried = 0;
  beforeAll(async () => {
    server = await TestServer.start();
    who = await standing(server);
  });
  afterAll(() => server?.stop());

  it.each(paths)(
    '%s',
    async (path) => {
      const whole = rules[path] as Rule;
      const must = new Map(
        people.concat(['target', 'sibling', 'host runner', 'other runner'] as never).map((c: Caller) => [c, expected(path, c)]),
      );
      for (const { name, rule, callers } of weakened(path)) {
        rules[path] = rule;
        try {
          const cells = await row(server, path, who, callers);
          tried += 1;
          if (page(paths) === written) unwritten.push(`${path}: ${name}`);
          const red = faults(path, cells, (_, c) => must.get(c) ?? 'forbidden');
          if (red.length === 0) survivors.push(`${path}: ${name}`);
        } finally {
          rules[path] = whole;
        }
      }
    },
    180_000,
  );
  it('all of them', () => {
    console.info(`${tried} weakened rules, ${tried - survivors.length} turned the matrix red`);
    expect(unwritten).toEqual([]);
    expect(survivors.filter((s) => !heldTwice.has(s))).toEqual([]);
    expect([...heldTwice].filter((s) => !survivors.includes(s))).toEqual([]);
  });
});
