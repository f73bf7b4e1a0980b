import { describe, expect, it } from 'vitest';
import type { LoggedEvent } from '../kernel/events.ts';
import type { Stop } from './stop.ts';
import { StopController } from './stop-controller.ts';

const nothing = { stops: [], stopMembers: [], events: [] };
const fact = (type: string) => ({ ...nothing, events: [{ type } as unknown as LoggedEvent] });

function controller() {
  const world = { open: 0, steps: 0, fails: false, more: 0 };
  const subject = new StopController(async () => {
    world.steps += 1;
    if (world.fails) throw new Error('the database is gone');
    return { open: world.open, more: world.more-- > 0 };
  });
  return { subject, world };
}

describe('the stop controller', () => {
  it('I-STOP-7: looks after a start, since anything may be open, and rests once nothing is', async () => {
    const { subject, world } = controller();
    world.open = 1;
    await subject.look(250);
    await subject.look(500);
    world.open = 0;
    await subject.look(750);
    await subject.look(1_000);
    expect(world.steps).toBe(3);
    subject.committed({ ...nothing, stops: [{} as Stop] });
    await subject.look(1_250);
    expect(world.steps).toBe(4);
  });
  it('I-STOP-7: finds a stop whose commit nobody heard of', async () => {
    const { subject, world } = controller();
    await subject.look(250);
    world.open = 1;
    await subject.look(5_000);
    expect(world.steps).toBe(1);
    await subject.look(5_250);
    await subject.look(5_500);
    expect(world.steps).toBe(3);
  });
  it('takes turn after turn while there is more to do at once, and does not wait for the enlisting of a large stop', async () => {
    const { subject, world } = controller();
    world.open = 1;
    world.more = 3;
    await subject.look(250);
    expect(world.steps).toBe(4);
    expect(subject.committed({ ...nothing, stops: [{ enlisting: true } as Stop] })).toBe(true);
    expect(subject.committed({ ...nothing, stops: [{ enlisting: false } as Stop] })).toBe(false);
  });
  it('looks again at once after a step that failed', async () => {
    const { subject, world } = controller();
    world.fails = true;
    await expect(subject.look(250)).rejects.toThrow('gone');
    await expect(subject.look(500)).rejects.toThrow('gone');
    expect(world.steps).toBe(2);
  });
  it('tells evidence apart that should not wait, while there is a stop that it could end', async () => {
    const { subject } = controller();
    expect([subject.committed(fact('agent.process-ended')), subject.committed(fact('task.ready'))]).toEqual([true, false]);
    await subject.look(250);
    expect(subject.committed(fact('stop.acknowledged'))).toBe(false);
  });
});
