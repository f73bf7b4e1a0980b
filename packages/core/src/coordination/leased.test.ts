import { createCountedSecrets, createMemoryStore, createSequentialIds } from '../../testing/index.ts';
import { describeMeetings, FakeTimers, leasedMeetings } from '../../testing/meeting-points.ts';

describeMeetings('leased, on the store in memory', async () => {
  const timers = new FakeTimers();
  const ports = { store: createMemoryStore({ nowMs: timers.nowMs }), ids: createSequentialIds(), secrets: createCountedSecrets() };
  return leasedMeetings(ports, 'prj', timers);
});
