import { expect, it } from 'vitest';
import { OrphanSweeper } from './orphan-sweeper.ts';

/** A sweeper over lists that the test fills, with what it asked for. */
function sweeper(halted = 0) {
  const asked: unknown[] = [];
  const world = { silent: [] as string[], orphans: [] as string[], fails: false, refuses: false, halted };
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
      expire: async (ids, extendedByMs) => {
        if (world.fails || world.refuses) throw new Error('503');
        asked.push({ expire: ids, extendedByMs });
      },
      adopt: async (ids, haltTold) => {
        asked.push({ adopt: ids, haltTold });
        return { halted: world.halted };
      },
    },
    0,
  );
  return { subject, world, asked };
}

const judged = (asked: unknown[]) => asked.filter((a) => (a as { expire?: string[] }).expire?.length);

it('I-ORPH-3: judges nobody for a lease after a start, then by the lease and what is owed', async () => {
  const { subject, world, asked } = sweeper();
  world.silent = ['a'];
  for (let now = 2_000; now <= 14_000; now += 2_000) await subject.lookAtLeases(now);
  expect(judged(asked)).toEqual([]);
  asked.length = 0;
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
it('I-ORPH-8, I-ORPH-3: a look that failed is no death, and while looks fail nobody could be heard: leases are owed that time', async () => {
  const { subject, world, asked } = sweeper();
  world.silent = ['a'];
  world.orphans = ['b'];
  for (let now = 2_000; now <= 60_000; now += 2_000) await subject.lookAtLeases(now);
  asked.length = 0;
  world.fails = true;
  for (let now = 62_000; now < 120_000; now += 2_000) await subject.lookAtLeases(now).catch(() => undefined);
  await expect(subject.sweep()).rejects.toThrow('gone');
  world.fails = false;
  asked.length = 0;
  for (let now = 120_000; now <= 134_000; now += 2_000) await subject.lookAtLeases(now);
  expect(judged(asked)).toEqual([]);
  asked.length = 0;
  await subject.lookAtLeases(136_000);
  await subject.sweep();
  expect(asked).toEqual([{ beforeMs: 78_000 }, { expire: ['a'], extendedByMs: 58_000 }, { adopt: ['b'], haltTold: 0 }]);
});
it('I-ORPH-3: a command that is refused for want of a database leaves the time open too', async () => {
  const { subject, world } = sweeper();
  for (let now = 2_000; now <= 60_000; now += 2_000) await subject.lookAtLeases(now);
  world.refuses = true;
  for (let now = 62_000; now < 90_000; now += 2_000) await subject.lookAtLeases(now).catch(() => undefined);
  world.refuses = false;
  expect(await subject.lookAtLeases(90_000)).toMatchObject({ extendedByMs: 28_000, judges: false });
});
