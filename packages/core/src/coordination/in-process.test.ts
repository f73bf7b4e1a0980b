import { describeMeetings, FakeTimers } from '../../testing/meeting-points.ts';
import { InProcess } from './in-process.ts';

describeMeetings('in one process', async () => {
  const timers = new FakeTimers();
  const all = new InProcess(timers);
  let owners = 0;
  return {
    mutex: (name) => all.mutex(name),
    semaphore: (name, permits) => all.semaphore(name, permits),
    barrier: (name, parties, o) => all.barrier(name, parties, o),
    owner: async () => `owner ${++owners}`,
    end: async (owner) => all.end(owner),
    pass: (ms) => timers.pass(ms),
  };
});
