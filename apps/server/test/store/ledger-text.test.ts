import { payloadOf } from '@reeve/core';
import { entryOf } from '@reeve/core/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Connection } from '../../src/store/connection.ts';
import { appendAsNew, appendEntries } from '../../src/store/pg-ledger.ts';
import { PgStore } from '../../src/store/pg-store.ts';
import { PgUnderTest } from './pg-under-test.ts';

let on: PgUnderTest;
beforeAll(async () => {
  on = await PgUnderTest.start();
}, 60_000);
afterAll(async () => on?.stop());

it('I-COST-1: what no store can hold is taken out before entries are compared, of one field in a batch as of all', async () => {
  const projectId = await on.newProject();
  const client = await on.sql.connect();
  try {
    const db = new Connection(client);
    const entry = (agentId: string, eventId: string, model: string) =>
      entryOf({ projectId, agentId, eventId, path: [`${agentId}-root`, agentId], model });
    const batch = (agentId: string) => [
      entry(agentId, 'clean', 'owl 🦉'),
      entry(agentId, 'e\u00001', 'm'),
      entry(agentId, 'e1', 'm\ud800'),
      entry(agentId, 'e1', 'another'),
    ];
    expect((await appendEntries(db, batch('a'), payloadOf)).told).toEqual(['accepted', 'accepted', 'duplicate', 'conflict']);
    expect((await appendEntries(db, batch('a'), payloadOf)).told).toEqual(['duplicate', 'duplicate', 'duplicate', 'conflict']);
    const asNew = appendAsNew(db, batch('b'), payloadOf);
    await asNew.lastId;
    expect(asNew.told).toEqual(['accepted', 'accepted', 'duplicate', 'conflict']);
    const { rows } = await on.sql.query('select agent_id, event_id, model from cost_entry where project_id = $1 order by id', [projectId]);
    expect(rows.map((r) => [r.agent_id, r.event_id, r.model])).toEqual(
      ['a', 'b'].flatMap((id) => [
        [id, 'clean', 'owl 🦉'],
        [id, 'e1', 'm'],
      ]),
    );
  } finally {
    client.release();
  }
});

it('facts of one transaction stand in their order as they were told, but for what no store can hold', async () => {
  const projectId = await on.newProject();
  const store = new PgStore(on.url);
  const reasons = ['plain', 'a "quoted" \\ one', 'spelled \\u0000 out', 'null', 'owl 🦉', 'a\u0000b\ud800'];
  await store.transact(projectId, async (tx) => {
    for (const reason of reasons) tx.append({ type: 'agent.resumed', subjectId: 'agt_x', data: { reason } }, `person:${reason}`);
  });
  const { rows } = await on.sql.query('select seq, actor, data from event where project_id = $1 order by seq', [projectId]);
  const held = reasons.map((r) => (r === 'a\u0000b\ud800' ? 'ab' : r));
  expect(rows).toEqual(held.map((reason, i) => ({ seq: String(i + 1), actor: `person:${reason}`, data: { reason } })));
  await store.close();
});
