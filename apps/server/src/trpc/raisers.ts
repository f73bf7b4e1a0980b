import { type DomainError, isAtLeast } from '@reeve/core/vocabulary';
import type { PeopleService } from './context.ts';
import { DomainFailure } from './failure.ts';

const keptMs = 30_000;
const mostNamed = 5;
const kept = new WeakMap<PeopleService, Map<string, { untilMs: number; names: Promise<string[]> }>>();

/** Who of a project has at least that role, by name, the first few; asked once in half a minute, however many are denied. */
function namesOf(people: PeopleService, projectId: string, least: Parameters<typeof isAtLeast>[1]): Promise<string[]> {
  const known = kept.get(people) ?? new Map<string, { untilMs: number; names: Promise<string[]> }>();
  kept.set(people, known);
  const key = `${projectId} ${least}`;
  const before = known.get(key);
  if (before && Date.now() < before.untilMs) return before.names;
  const names = people
    .members(projectId)
    .then((all) =>
      all
        .filter((m) => isAtLeast(m.role, least))
        .map((m) => m.name)
        .slice(0, mostNamed),
    )
    // a denial stands without names
    .catch(() => []);
  known.set(key, { untilMs: Date.now() + keptMs, names });
  return names;
}

/** The same failure; a denial by a budget with the names of those who may raise it. */
export async function withRaisers(e: unknown, people: PeopleService, projectId: string): Promise<unknown> {
  if (!(e instanceof DomainFailure) || e.error.code !== 'budget_exceeded') return e;
  const { mayRaise } = e.error;
  const named: DomainError = { ...e.error, mayRaise: { ...mayRaise, people: await namesOf(people, projectId, mayRaise.role) } };
  return new DomainFailure(named);
}
