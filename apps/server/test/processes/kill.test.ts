import { setTimeout as passed } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServerProcess } from './server-process.ts';
import { Workforce } from './workforce.ts';

/** Twenty in CI; more on demand. */
const kills = Number(process.env.REEVE_KILLS ?? 20);

/**
 * A real server under load with a real PostgreSQL, killed with -9 at random moments and started again on the same data,
 * its database dying and recovering with it. Callers keep what they were told, and ask again where nothing was answered.
 */
describe(`kill -9 of the server under load, ${kills} times`, () => {
  let server: ServerProcess;
  let workforce: Workforce;
  beforeAll(async () => {
    server = await ServerProcess.start({ REEVE_AGENT_LEASE_MS: '10000' });
    workforce = new Workforce(server);
    await workforce.start();
  });
  afterAll(async () => {
    await workforce?.stop();
    await server?.remove();
  });

  it(
    'what was acknowledged stands once after each, nothing is done twice, seq has no gap, stops keep their deadlines',
    async () => {
      for (let kill = 1; kill <= kills; kill++) {
        const before = workforce.acknowledged;
        await workforce.works(before + 5);
        await passed(Math.random() * 250);
        await server.kill();
        if (kill % 10 === 0) {
          // also while it starts: in the recovery of the database, in the migrations, before it listens
          const starting = server.up().catch(() => undefined);
          await passed(Math.random() * 2_000);
          await server.kill();
          await starting;
        }
        await server.up();
        expect(await workforce.contradictions(), `after kill ${kill}`).toEqual([]);
      }
      await workforce.stop();
      expect(await workforce.contradictions()).toEqual([]);
      const { told, unanswered } = workforce;
      // it was about something: of each kind some were acknowledged, and some calls were cut off
      expect(Math.min(told.costs.size, told.completions.size, told.agents.size, told.stops.size)).toBeGreaterThan(0);
      expect(unanswered).toBeGreaterThan(kills);
      console.log(
        `${kills} kills: ${told.costs.size} cost entries, ${told.completions.size} completions, ${told.agents.size} agents, ` +
          `${told.stops.size} stops acknowledged; ${unanswered} calls without an answer, all asked again`,
      );
    },
    60_000 + kills * 20_000,
  );
});
