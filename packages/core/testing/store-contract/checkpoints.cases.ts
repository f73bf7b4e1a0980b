import { describe, expect, it } from 'vitest';
import type { Checkpoint } from '../../src/checkpoints/checkpoint.ts';
import type { Effect } from '../../src/checkpoints/effect.ts';
import type { Tx } from '../../src/supervisor/ports.ts';
import { oddJson, oddText } from '../records.ts';
import type { StoreBench } from './store-bench.ts';

/** Checkpoints, effects and numbered events. */
export function checkpointsCases(bench: StoreBench): void {
  const { transact } = bench;
  const checkpointOf = (agentId: string, epoch: number, sequence: number): Checkpoint => ({
    id: bench.id('checkpoint'),
    projectId: bench.projectId,
    agentId,
    epoch,
    sequence,
    digest: 'd',
    sizeBytes: 2_000_000_000,
    trigger: oddText,
    eventSequence: 9_007_199_254_740_991,
    createdAtMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  });
  const effectOf = (agentId: string, key: string): Effect => ({
    id: `${agentId}/${key}`,
    projectId: bench.projectId,
    agentId,
    key,
    description: oddText,
    epoch: 0,
    attemptId: 'x',
    attempts: 2,
    result: oddJson,
    beganAtMs: 1_000,
    acknowledgedAtMs: null,
  });

  describe('checkpoints', () => {
    it('I-CKPT-1: a body comes back byte for byte, in this transaction and in later ones', async () => {
      const agentId = bench.id('agent');
      const c = checkpointOf(agentId, 1, 1);
      // more than a page, and nothing that JSON or jsonb would leave as it is
      const body = `{"b":1e2, "a":0.10,"a":"${'🦉ü\\u0000 '.repeat(50_000)}"}`;
      const check = async (tx: Tx) => {
        expect(await tx.checkpoints.get(c.id)).toEqual(c);
        expect((await tx.checkpoints.bodyOf(c.id)) === body).toBe(true);
      };
      await transact(async (tx) => {
        await tx.checkpoints.put(c, body);
        await check(tx);
      });
      await transact(check);
      const elsewhere = await bench.on.newProject();
      const seen = await bench.on.store.transact(elsewhere, async (tx) => [
        await tx.checkpoints.get(c.id),
        await tx.checkpoints.bodyOf(c.id),
      ]);
      expect(seen.value).toEqual([undefined, undefined]);
    });
    it('I-CKPT-2: the latest is by epoch, then by sequence; pruning leaves the newest of that agent', async () => {
      const [a, b] = [bench.id('agent'), bench.id('agent')];
      const places: [number, number][] = [
        [1, 9],
        [2, 1],
        [1, 10],
        [2, 3],
      ];
      await transact(async (tx) => {
        expect(await tx.checkpoints.latestOf(a)).toBeUndefined();
        for (const [epoch, sequence] of places) await tx.checkpoints.put(checkpointOf(a, epoch, sequence), '{}');
        await tx.checkpoints.put(checkpointOf(b, 1, 1), '{}');
      });
      const left = await transact(async (tx) => {
        expect(await tx.checkpoints.latestOf(a)).toMatchObject({ epoch: 2, sequence: 3 });
        expect([await tx.checkpoints.prune(a, 3), await tx.checkpoints.prune(a, 3), await tx.checkpoints.prune(b, 1)]).toEqual([1, 0, 0]);
        expect(await tx.checkpoints.prune(a, 1)).toBe(2);
        return tx.checkpoints.latestOf(a);
      });
      expect(left).toMatchObject({ epoch: 2, sequence: 3 });
      expect(await transact((tx) => tx.checkpoints.prune(a, 0))).toBe(1);
      expect(await transact((tx) => tx.checkpoints.latestOf(b))).toBeDefined();
    });
    it('pruning leaves the young ones as well, but for the oldest of too many, and what is needed', async () => {
      const [a, b] = [bench.id('agent'), bench.id('agent')];
      const at = (second: number) => Date.UTC(2026, 0, 2, 3, 4, second);
      const all = [1, 2, 3, 4, 5, 6].map((n) => ({ ...checkpointOf(a, 1, n), createdAtMs: at(n) }));
      const other = { ...checkpointOf(b, 1, 1), createdAtMs: at(1) };
      const there = (tx: Tx) =>
        Promise.all([...all, other].map((c) => tx.checkpoints.get(c.id))).then((found) => found.flatMap((c) => (c ? [c.sequence] : [])));
      await transact(async (tx) => {
        for (const c of [...all, other]) await tx.checkpoints.put(c, '{}');
        expect(await tx.checkpoints.prune(a, 1, { sinceMs: at(2), most: 4, needed: [all[0]?.id ?? ''] })).toBe(1);
        expect(await there(tx)).toEqual([1, 3, 4, 5, 6, 1]);
        expect(await tx.checkpoints.prune(a, 2, { sinceMs: at(4), most: 10, needed: [] })).toBe(2);
        expect(await there(tx)).toEqual([4, 5, 6, 1]);
        expect(await tx.checkpoints.prune(a, 1, { sinceMs: at(7), most: 10, needed: [] })).toBe(2);
      });
      expect(await transact(there)).toEqual([6, 1]);
    });
    it('bodies that share most of their text come back each as its own, also once others are gone', async () => {
      const [a, b] = [bench.id('agent'), bench.id('agent')];
      const bodyOf = (n: number) =>
        JSON.stringify({
          messages: Array.from({ length: 40 * n }, (_, i) => ({ role: 'user', content: `${i} ${oddText} ${'word '.repeat(60)}` })),
          n,
        });
      const line = [1, 2, 3, 4, 5, 6].map((n) => ({ c: { ...checkpointOf(a, 1, n * 16) }, body: bodyOf(n) }));
      const other = { c: checkpointOf(b, 1, 1), body: bodyOf(6) };
      await transact(async (tx) => {
        for (const { c, body } of [...line, other]) {
          await tx.checkpoints.put(c, body);
          expect((await tx.checkpoints.bodyOf(c.id)) === body).toBe(true);
        }
      });
      const same = (tx: Tx, some: typeof line) =>
        Promise.all(some.map(async ({ c, body }) => (await tx.checkpoints.bodyOf(c.id)) === body)).then((x) => x.every(Boolean));
      await transact(async (tx) => {
        expect(await same(tx, [...line, other])).toBe(true);
        expect(await tx.checkpoints.prune(a, 2)).toBe(4);
        expect(await same(tx, [...line.slice(4), other])).toBe(true);
      });
      await transact(async (tx) => {
        expect(await same(tx, [...line.slice(4), other])).toBe(true);
        expect(await tx.checkpoints.prune(a, 0)).toBe(2);
        expect(await same(tx, [other])).toBe(true);
      });
    });
    it('a transaction that fails saves no checkpoint, prunes none and begins no effect', async () => {
      const agentId = bench.id('agent');
      const [kept, lost] = [checkpointOf(agentId, 1, 1), checkpointOf(agentId, 1, 2)];
      await transact((tx) => tx.checkpoints.put(kept, '{}'));
      const failing = transact(async (tx) => {
        await tx.checkpoints.put(lost, '{}');
        await tx.checkpoints.prune(agentId, 0);
        tx.effects.put(effectOf(agentId, 'k'));
        expect(await tx.effects.countOf(agentId)).toBe(1);
        throw new Error('a bug');
      });
      await expect(failing).rejects.toThrow('a bug');
      await transact(async (tx) => {
        expect(await tx.checkpoints.latestOf(agentId)).toEqual(kept);
        expect([await tx.checkpoints.bodyOf(kept.id), await tx.checkpoints.bodyOf(lost.id)]).toEqual(['{}', undefined]);
        expect(await tx.effects.countOf(agentId)).toBe(0);
      });
    });
    it('I-CKPT-5: effects come back whole, those of one agent by their key', async () => {
      const [a, b] = [bench.id('agent'), bench.id('agent')];
      const [first, second] = [effectOf(a, 'k1'), { ...effectOf(a, 'k2'), acknowledgedAtMs: 5_000, result: null }];
      await transact(async (tx) => {
        tx.effects.put(second);
        tx.effects.put(first);
        tx.effects.put(effectOf(b, 'k1'));
        expect(await tx.effects.ofAgent(a)).toEqual([first, second]);
      });
      await transact(async (tx) => {
        expect([await tx.effects.get(`${a}/k1`), await tx.effects.ofAgent(a), await tx.effects.countOf(a)]).toEqual([
          first,
          [first, second],
          2,
        ]);
        tx.effects.put({ ...first, acknowledgedAtMs: 7_000 });
      });
      expect((await transact((tx) => tx.effects.get(`${a}/k1`)))?.acknowledgedAtMs).toBe(7_000);
    });
    it('I-CKPT-4: events behind a place, in the order of the agent; not those without a number, nor late ones', async () => {
      const agentId = bench.id('agent');
      const e = (epoch: number, sequence: number | null, late = false) => ({
        eventId: `${epoch}.${sequence}.${late}`,
        type: 't',
        atMs: 1_234,
        data: oddJson,
        epoch,
        sequence,
        late,
      });
      await transact((tx) =>
        tx.agentEvents.append([e(2, 1), e(1, 10), e(1, 2), e(1, null), e(1, 9), e(1, 11, true)].map((x) => ({ ...x, agentId }))),
      );
      const read = (epoch: number, sequence: number, limit = 10) =>
        transact((tx) => tx.agentEvents.after(agentId, { epoch, sequence }, limit));
      expect((await read(1, 2)).map((x) => x.eventId)).toEqual(['1.9.false', '1.10.false', '2.1.false']);
      expect((await read(1, 2, 2)).map((x) => x.eventId)).toEqual(['1.9.false', '1.10.false']);
      expect(await read(2, 1)).toEqual([]);
      expect(await read(1, 10)).toEqual([{ eventId: '2.1.false', type: 't', atMs: 1_234, data: oddJson, epoch: 2, sequence: 1 }]);
      // in the transaction that appends them too
      const { value } = await bench.on.store.transact(bench.projectId, async (tx) => {
        await tx.agentEvents.append([e(2, 2)].map((x) => ({ ...x, agentId })));
        return tx.agentEvents.after(agentId, { epoch: 2, sequence: 0 }, 10);
      });
      expect(value.map((x) => x.sequence)).toEqual([1, 2]);
    });
  });
}
