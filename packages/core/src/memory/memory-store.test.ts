import { describe, expect, it } from 'vitest';
import { describeStoreContract } from '../../testing/store-contract/index.ts';
import { createCountedSecrets, createSequentialIds } from './memory-ids.ts';
import { createMemoryStore } from './memory-store.ts';

describeStoreContract('in memory', async () => {
  const store = createMemoryStore({ nowMs: () => 1_000 });
  let projects = 0;
  return {
    store,
    ids: createSequentialIds(),
    secrets: createCountedSecrets(),
    newProject: async () => `prj_${++projects}`,
    events: async (p) => store.state(p).events.map(({ seq, type, subjectId, actor, data }) => ({ seq, type, subjectId, actor, data })),
    entries: async (p) => [...store.state(p).ledger.values()],
    conflicts: async (p) => store.state(p).conflicts.map((e) => e.eventId),
    rollups: async (p) => [...store.state(p).rollups.values()],
    logs: async (p) => store.state(p).logs.map((l) => l.text),
    tokens: async (p) => [...store.state(p).tokens.keys()],
    close: async () => {},
  };
});

describe('the store in memory', () => {
  it('hands out records that nobody can change behind its back', async () => {
    const store = createMemoryStore({ nowMs: () => 0 });
    await store.transact('p', async (tx) => {
      tx.runners.put({
        id: 'r',
        projectId: 'p',
        name: 'a',
        host: 'h',
        pid: 1,
        startTime: '1',
        containment: 'none',
        scope: null,
        leaseExpiresAtMs: 0,
        createdAtMs: 0,
      });
    });
    const { value } = await store.transact('p', (tx) => tx.runners.get('r'));
    expect(() => Object.assign(value ?? {}, { name: 'b' })).toThrow();
  });
  it('ids and secrets are the same at every run', () => {
    const make = () => {
      const [ids, secrets] = [createSequentialIds(), createCountedSecrets()];
      return [ids.next('agent'), ids.next('agent'), ids.next('task'), secrets.issue(), secrets.issue()];
    };
    expect(make()).toEqual(make());
    expect(make().slice(0, 3)).toEqual(['agt_00000001', 'agt_00000002', 'tsk_00000001']);
  });
});
