import { expect, it } from 'vitest';
import { OrphanSweeper } from './orphan-sweeper.ts';

/** A sweeper over lists that the test fills, with what it asked for. */
function sweeper(halted = 0) {
  const asked: unknown[] = [];
  const world = { silent: [] as string[], orphans: [] as string[], fails: false, halted };
  const found = async <T>(ids: T): Promise<T> => {
    if (world.fails) throw new Error('the database is gone');
    return ids;
  };
  const subject = new OrphanSweeper(
    {
      expired: (beforeMs) => {
        asked.push({ beforeMs });
        return found(world.silent);
      },
      orphans: () => found(world.orphans),
    },
    {
      expire: async (ids, extendedByMs) => void asked.push({ expire: ids, extendedByMs }),
      adopt: async (ids, haltTold) => {
        asked.push({ adopt: ids, haltTold });
        return { halted: world.halted };
      },
    },
    0,
  );
  return { subject, world, asked };
}

it('I-ORPH-3: judges nobody for a lease after a start, then by the lease and what is owed', async () => {
  const { subject, world, asked } = sweeper();
  world.silent = ['a'];
  for (let now = 2_000; now <= 14_000; now += 2_000) await subject.lookAtLeases(now);
  expect(asked).toEqual([]);
  await subject.lookAtLeases(16_000);
  expect(asked).toEqual([{ beforeMs: -14_000 }, { expire: ['a'], extendedByMs: 30_000 }]);
});
it('I-ORPH-1: hands its suspects to the commands that read them again, and asks nothing where there are none', async () => {
  const { subject, world, asked } = sweeper();
  expect([await subject.sweep(), asked]).toEqual([0, []]);
  world.orphans = ['b', 'c'];
  expect([await subject.sweep(), asked]).toEqual([2, [{ adopt: ['b', 'c'], haltTold: 0 }]]);
});
it('I-ORPH-7: says of a halt how many it told last, so that it is told once', async () => {
  const { subject, world, asked } = sweeper(12);
  world.orphans = ['b'];
  await subject.sweep();
  await subject.sweep();
  world.halted = 0;
  await subject.sweep();
  await subject.sweep();
  expect(asked.map((a) => (a as { haltTold: number }).haltTold)).toEqual([0, 12, 12, 0]);
});
it('I-ORPH-8: a look that failed is no death, and the next one comes as if it had not been', async () => {
  const { subject, world, asked } = sweeper();
  world.silent = ['a'];
  world.orphans = ['b'];
  world.fails = true;
  for (let now = 2_000; now < 60_000; now += 2_000) await subject.lookAtLeases(now).catch(() => undefined);
  await expect(subject.sweep()).rejects.toThrow('gone');
  world.fails = false;
  asked.length = 0;
  await subject.lookAtLeases(60_000);
  await subject.sweep();
  expect(asked).toEqual([{ beforeMs: 60_000 }, { expire: ['a'], extendedByMs: 0 }, { adopt: ['b'], haltTold: 0 }]);
});
