import { describe, expect, it } from 'vitest';
import { ClaimLine } from '../../src/live/claim-line.ts';

const anything = { labels: [], capabilities: [] };
const plain = { labels: [], needs: [] };
/** Which of them are awake once everything that was resolved has been heard of. */
async function awake(claimers: readonly { woken: Promise<void> }[]): Promise<number[]> {
  const up: number[] = [];
  claimers.forEach((c, i) => void c.woken.then(() => up.push(i)));
  await new Promise((go) => setImmediate(go));
  return up;
}
const waiting = (line: ClaimLine, count: number) => Array.from({ length: count }, () => line.join(anything, 60_000));

describe('those who wait for a task', () => {
  it('are woken as many as there are tasks, the longest waiting first', async () => {
    const line = new ClaimLine();
    const claimers = waiting(line, 50);
    line.wakeOne(plain);
    expect(await awake(claimers)).toEqual([0]);
    line.wakeOne(plain);
    line.wakeOne(plain);
    expect(await awake(claimers)).toEqual([0, 1, 2]);
    for (const c of claimers) c.leave();
  });
  it('are woken only for what they may claim', async () => {
    const line = new ClaimLine();
    const ui = line.join({ labels: ['ui'], capabilities: [] }, 60_000);
    const gpu = line.join({ labels: [], capabilities: ['gpu'] }, 60_000);
    line.wakeOne({ labels: ['api'], needs: ['tpu'] });
    expect(await awake([ui, gpu])).toEqual([]);
    line.wakeOne({ labels: ['api'], needs: ['gpu'] });
    expect(await awake([ui, gpu])).toEqual([1]);
    line.wakeOne({ labels: ['ui', 'api'], needs: [] });
    expect(await awake([ui, gpu])).toEqual([0, 1]);
  });
  it('hand the wake-up on when they leave without having looked, to one who may claim that task', async () => {
    const line = new ClaimLine();
    const gone = line.join({ labels: ['ui'], capabilities: [] }, 60_000);
    const other = line.join({ labels: ['db'], capabilities: [] }, 60_000);
    const next = line.join({ labels: ['ui'], capabilities: [] }, 60_000);
    line.wakeOne({ labels: ['ui'], needs: [] });
    gone.leave();
    expect(await awake([other, next])).toEqual([1]);
    // a debt is handed on once
    gone.leave();
    expect(await awake([other])).toEqual([]);
    next.leave();
    other.leave();
  });
  it('owe nothing when their caller went before any task came', async () => {
    const line = new ClaimLine();
    const caller = new AbortController();
    const gone = line.join(anything, 60_000, caller.signal);
    const next = line.join(anything, 60_000);
    caller.abort();
    gone.leave();
    expect(await awake([gone, next])).toEqual([0]);
    line.wakeOne(plain);
    expect(await awake([next])).toEqual([0]);
  });
  it('are all woken when the server goes down', async () => {
    const line = new ClaimLine();
    const claimers = waiting(line, 3);
    line.wakeAll();
    expect(await awake(claimers)).toEqual([0, 1, 2]);
  });
});
