import { parseArgs } from 'node:util';
import { databaseUrlOf, isScenario, scenarios, seedDatabase } from './index.ts';

const usage = `node --import tsx prisma/seed/main.ts <scenario> [--seed N] [--agents N]

Adds a scenario to a migrated database: DATABASE_URL, or the one of the server that runs on REEVE_DATA_DIR
(default .reeve). Reload the dashboard afterwards.

Scenarios: ${Object.keys(scenarios).join(', ')}
`;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string', default: '1' }, agents: { type: 'string' } },
});
const [scenario = ''] = positionals;
if (!isScenario(scenario)) {
  process.stderr.write(scenario ? `There is no scenario ${scenario}.\n\n${usage}` : usage);
  process.exit(2);
}
try {
  const url = process.env.DATABASE_URL || (await databaseUrlOf(process.env.REEVE_DATA_DIR || '.reeve'));
  const agents = values.agents === undefined ? {} : { agents: Number(values.agents) };
  const done = await seedDatabase(url, { scenario, seed: Number(values.seed), ...agents });
  process.stdout.write(
    `${scenario}: ${done.agents} agents, ${done.tasks} tasks, ${done.entries} cost entries, ${done.events} facts (seq ${done.fromSeq + 1} to ${done.toSeq}) in ${(done.ms / 1000).toFixed(1)} s\n`,
  );
} catch (e) {
  process.stderr.write(`Not seeded: ${(e as Error).message}\n`);
  process.exit(1);
}
