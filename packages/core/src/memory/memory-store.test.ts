import { describe, expect, it } from 'vitest';
import { describeStoreContract, describeStoreUnderFault, type StoreUnderTest } from '../../testing/store-contract/index.ts';
import { createCountedSecrets, createSequentialIds } from './memory-ids.ts';
import { createMemoryStore, type MemoryStoreOptions } from './memory-store.ts';

function underTest(options: Partial<MemoryStoreOptions> = {}): StoreUnderTest {
  const store = createMemoryStore({ nowMs: () => 1_000, ...options });
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
}
describeStoreContract('in memory', async () => underTest());

// every third transaction fails before its commit, every fifth after it, and nobody can tell which
const crash = Object.assign(new Error('crashed'), { name: 'StoreUnavailable' });
let failing = false;
let transactions = 0;
describeStoreUnderFault(
  'in memory, failing before and after commits',
  async () =>
    underTest({
      beforeCommit() {
        if (failing && ++transactions % 3 === 0) throw crash;
      },
      afterCommit() {
        if (failing && transactions % 5 === 0) throw crash;
      },
    }),
  async () => {
    failing = true;
    return async () => {
      failing = false;
      return undefined;
    };
  },
);

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
