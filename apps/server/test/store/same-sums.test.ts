import { type Command, createSupervisor, type Rollup, type Store } from '@reeve/core';
import { callOf, commandOf, createMemoryStore, operator, runsOf } from '@reeve/core/testing';
import { createDb } from '@reeve/prisma';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { foldSlots } from '../../src/store/cost-slots.ts';
import { auditSlots } from '../../src/store/reads/slots-audit.ts';
import { drawnIn } from './drawn-ids.ts';
import { PgUnderTest } from './pg-under-test.ts';

let on: PgUnderTest;
let db: ReturnType<typeof createDb>;
beforeAll(async () => {
  on = await PgUnderTest.start();
  db = createDb(on.url);
});
afterAll(async () => {
  await db?.$disconnect();
  await on?.stop();
});

const model = 'm';
const call = fc.record({ agent: fc.nat(2), event: fc.nat(11), known: fc.boolean() });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('spend' as const), calls: fc.array(call, { minLength: 1, maxLength: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('price' as const), pico: fc.option(fc.constantFrom(0, 1_000, 7_000)) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('reprice' as const), limit: fc.constantFrom(1, 3, 500), unpricedOnly: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('adjust' as const), agent: fc.nat(2), event: fc.nat(11), id: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fold' as const) }) },
);
type Turn = { server: number; step: typeof step extends fc.Arbitrary<infer T> ? T : never };
const turns = fc.array(fc.record({ server: fc.nat(1), step }), { minLength: 5, maxLength: 25 });

/** A price given and taken back, folded in between: always among those that are played, whatever is drawn. */
const takenBack: Turn[] = [
  { server: 0, step: { do: 'spend', calls: [{ agent: 2, event: 0, known: false }] } },
  { server: 1, step: { do: 'price', pico: 7_000 } },
  { server: 0, step: { do: 'reprice', limit: 500, unpricedOnly: false } },
  { server: 1, step: { do: 'fold' } },
  { server: 1, step: { do: 'price', pico: null } },
  { server: 0, step: { do: 'reprice', limit: 500, unpricedOnly: false } },
];

function commandFor({ step: s }: Turn, agents: string[]): Command | undefined {
  switch (s.do) {
    case 'spend': {
      const entries = s.calls.map((c) => {
        const told = c.known ? {} : ({ costNanoUsd: null, pricedBy: 'unpriced' } as const);
        return callOf(agents[c.agent] as string, `e${c.event}`, { model, ...told });
      });
      return commandOf('costs.report', { entries }, operator);
    }
    case 'price': {
      const rest = { cachedInputPico: null, cacheWritePico: null, reasoningPico: null };
      const rates = s.pico === null ? null : { inputPico: String(s.pico), outputPico: '0', ...rest };
      return commandOf('prices.set', { model, provider: null, rates, validFromMs: 0, reason: 'because' }, operator);
    }
    case 'reprice': {
      const all = { provider: null, fromMs: null, toMs: null, after: null, dryRun: false };
      return commandOf('prices.reprice', { model, ...all, limit: s.limit, unpricedOnly: s.unpricedOnly }, operator);
    }
    case 'adjust': {
      const of = { agentId: agents[s.agent] as string, refersTo: `e${s.event}`, eventId: `fix${s.id}` };
      return commandOf('costs.adjust', { ...of, amountUsd: '0.01', reason: 'because' }, operator);
    }
    case 'fold':
      return undefined;
  }
}
const byId = (rows: readonly Rollup[]) => [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));

/** What one way of storing answers to each turn, and the sums that it tells live. */
async function play(
  storeOf: (server: number) => Store,
  projectId: string,
  run: number,
  all: readonly Turn[],
  fold: () => Promise<unknown>,
) {
  const { ids, secrets, alikeEachTime } = drawnIn(run);
  const told: unknown[] = [];
  const execute = async (server: number, command: Command) => {
    const supervisor = createSupervisor({ store: alikeEachTime(storeOf(server)), ids, secrets });
    const { results, commit } = await supervisor.executeBatch(projectId, [command]);
    const [answer] = results;
    // where the next page begins is the store's own way to say it
    const whole = answer?.ok ? { ...(answer.value as object), next: null } : answer;
    told.push([whole, byId(commit.rollups), commit.events.map((e) => [e.type, e.subjectId, e.data])]);
    return answer;
  };
  const agents: string[] = [];
  for (let n = 0; n < 3; n++) {
    const r = await execute(0, commandOf('agents.register', { name: `a${n}`, ...(n && { parentId: agents[n - 1] }) }, operator));
    if (r?.ok) agents.push((r.value as { agentId: string }).agentId);
  }
  for (const turn of all) {
    const command = commandFor(turn, agents);
    await (command ? execute(turn.server, command) : fold());
  }
  return told;
}

let run = 0;
const seen = { priced: 0, takenBack: 0 };
/** Both tell the same sums of what is priced, priced anew and corrected, however many servers take turns and however far each is folded. */
const alike = (count: number) =>
  fc.assert(
    fc.asyncProperty(turns, async (all) => {
      run += 1;
      const nowMs = () => 1_000_000;
      const memory = createMemoryStore({ nowMs });
      const projectId = await on.newProject();
      const expected = await play(
        () => memory,
        projectId,
        run,
        all,
        async () => undefined,
      );
      const servers = Array.from({ length: count }, () => on.store({ nowMs }));
      const serverOf = (server: number) => servers[server % count] as (typeof servers)[number];
      const found = await play(
        (s) => serverOf(s).store,
        projectId,
        run,
        all,
        async () => {
          await serverOf(run).rollups(projectId);
          await foldSlots(db, projectId);
        },
      );
      expect(found).toEqual(expected);
      const sums = await serverOf(0).rollups(projectId);
      await Promise.all(servers.map((s) => s.close()));
      expect(byId(sums)).toEqual(byId([...memory.state(projectId).rollups.values()]));
      expect(await auditSlots(db, projectId)).toEqual([]);
      for (const e of memory.state(projectId).ledger.values()) {
        if (e.unpricedDelta === -1) seen.priced += 1;
        if (e.unpricedDelta === 1) seen.takenBack += 1;
      }
    }),
    { numRuns: runsOf('property', 40), examples: [[takenBack]] },
  );
it('I-COST-8, I-COST-9: two servers that take turns tell the sums that the model in memory does, priced anew or not', {
  timeout: 600_000,
}, async () => {
  await alike(2);
  expect(seen.priced).toBeGreaterThan(0);
  expect(seen.takenBack).toBeGreaterThan(0);
});
it('so does one, which takes what it left for what is there', { timeout: 600_000 }, () => alike(1));
