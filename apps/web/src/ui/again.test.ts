import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { again } from './again';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('a part that does not come is asked for again until it does', async () => {
  const load = vi.fn<() => Promise<string>>().mockRejectedValueOnce(new Error('gone')).mockRejectedValueOnce(new Error('gone'));
  load.mockResolvedValue('here');
  const part = again(load);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await part).toBe('here');
  expect(load).toHaveBeenCalledTimes(3);
});
