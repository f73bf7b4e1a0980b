import type pg from 'pg';
import { type Inserted, insertWorld, withDatabase } from './insert.ts';
import { busy } from './scenarios/busy.ts';
import { huge } from './scenarios/huge.ts';
import { idle } from './scenarios/idle.ts';
import { orphans } from './scenarios/orphans.ts';
import { waitingApproval } from './scenarios/waiting-approval.ts';
import { World } from './world.ts';

export { type Inserted, insertWorld } from './insert.ts';
export { databaseUrlOf } from './locate.ts';
export { World } from './world.ts';

/** Named states of a project, for benches, browser tests and the eye. */
export const scenarios = { idle, busy, orphans, 'waiting-approval': waitingApproval, huge } as const satisfies Record<
  string,
  (world: World) => void
>;
export type ScenarioName = keyof typeof scenarios;
export const isScenario = (name: string): name is ScenarioName => Object.hasOwn(scenarios, name);

export type SeedOptions = {
  scenario: ScenarioName;
  /** The same number, the same project; ids too, where `nowMs` is the same. */
  seed?: number;
  /** The moment at which the scenario is looked at. */
  nowMs?: number;
  projectId?: string;
  /** Of `huge`: how many. */
  agents?: number;
};

/** The scenario as records and facts, without a database. */
export function buildScenario({ scenario, seed = 1, nowMs = Date.now(), projectId = 'prj_default', agents }: SeedOptions): World {
  const world = new World(projectId, seed, nowMs);
  if (scenario === 'huge') huge(world, agents);
  else scenarios[scenario](world);
  return world;
}

/** Adds the scenario to the project of a migrated database, in one transaction behind what its log holds already. */
export async function seedDatabase(database: string | pg.ClientBase, options: SeedOptions): Promise<Inserted> {
  const world = buildScenario(options);
  return typeof database === 'string' ? withDatabase(database, (client) => insertWorld(client, world)) : insertWorld(database, world);
}
