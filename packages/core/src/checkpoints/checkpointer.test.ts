import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../testing/clock.ts';
import { Checkpointer, type CheckpointerParts } from './checkpointer.ts';

const usd = (n: number) => BigInt(Math.round(n * 1e9));

/** A controller whose saves end when the test says so. */
function begin(over: Partial<CheckpointerParts<number>> = {}) {
  const clock = new FakeClock();
  const saves: { state: number; trigger: string; end: () => void; fail: () => void }[] = [];
  const failures: unknown[] = [];
  const at = { state: 0 };
  const checkpointer = new Checkpointer<number>({
    clock,
    snapshot: () => at.state,
    save: (state, trigger) =>
      new Promise<void>((resolve, reject) => {
        saves.push({ state, trigger, end: resolve, fail: () => reject(new Error('away')) });
      }),
    onFailed: (e) => void failures.push(e),
    ...over,
  });
  return { clock, checkpointer, saves, failures, at };
}

describe('the triggers', () => {
  it('I-CKPT-3: 10 tools, 1.00 USD, 5 minutes or a significant event; nothing below', async () => {
    const cases: [string, (c: ReturnType<typeof begin>) => void, (c: ReturnType<typeof begin>) => void][] = [
      ['tools', (c) => c.checkpointer.tool(9), (c) => c.checkpointer.tool()],
      ['cost', (c) => c.checkpointer.cost(usd(0.999_999_999)), (c) => c.checkpointer.cost(1n)],
      ['time', (c) => c.clock.pass(299_999), (c) => c.clock.pass(1)],
      ['merged', () => {}, (c) => c.checkpointer.significant('merged')],
      ['asked', () => {}, (c) => c.checkpointer.ask()],
    ];
    for (const [trigger, below, reach] of cases) {
      const c = begin();
      below(c);
      await c.checkpointer.step();
      expect([trigger, c.saves.length]).toEqual([trigger, 0]);
      reach(c);
      void c.checkpointer.step();
      expect(c.saves.map((s) => s.trigger)).toEqual([trigger]);
    }
  });
  it('thresholds of its own, each by itself', async () => {
    const c = begin({ thresholds: { tools: 2 } });
    c.checkpointer.tool(2);
    void c.checkpointer.step();
    expect(c.saves.map((s) => s.trigger)).toEqual(['tools']);
  });
});

describe('single flight', () => {
  it('I-CKPT-3: one save at a time; whoever comes meanwhile waits for that one', async () => {
    const { checkpointer, saves } = begin();
    checkpointer.tool(10);
    const first = checkpointer.step();
    checkpointer.tool(10);
    let waited = false;
    const second = checkpointer.step().then(() => {
      waited = true;
    });
    expect([saves.length, checkpointer.isSaving, waited]).toEqual([1, true, false]);
    saves[0]?.end();
    await Promise.all([first, second]);
    expect([saves.length, checkpointer.isSaving]).toEqual([1, false]);
  });
  it('I-CKPT-3: what is counted during a save stays, and can be due at once', async () => {
    const { checkpointer, saves, at, clock } = begin();
    checkpointer.tool(11);
    checkpointer.cost(usd(0.5));
    checkpointer.significant('plan approved');
    clock.pass(60_000);
    at.state = 1;
    const saving = checkpointer.step();
    checkpointer.tool(10);
    checkpointer.cost(usd(0.25));
    checkpointer.significant('merged');
    clock.pass(1_000);
    at.state = 2;
    saves[0]?.end();
    await saving;
    expect(saves[0]?.state).toBe(1);
    const { sinceMs, ...left } = checkpointer.pending;
    expect(left).toEqual({ tools: 10, costNanoUsd: usd(0.25), significant: ['merged'] });
    // the time counts from the moment of the snapshot, not from the end of its save
    expect(sinceMs).toBe(clock.nowMs() - 1_000);
    void checkpointer.step();
    expect(saves[1]).toMatchObject({ state: 2, trigger: 'merged' });
  });
  it('a question that comes during a save is answered by the next one; twice before it equals once', async () => {
    const { checkpointer, saves } = begin();
    checkpointer.ask();
    checkpointer.ask();
    const saving = checkpointer.step();
    checkpointer.ask();
    saves[0]?.end();
    await saving;
    const next = checkpointer.step();
    expect(saves).toHaveLength(2);
    saves[1]?.end();
    await next;
    await checkpointer.step();
    expect(saves).toHaveLength(2);
  });
  it('I-CKPT-3: a save that fails keeps every counter, and is tried again after a while', async () => {
    const { checkpointer, saves, failures, clock } = begin();
    checkpointer.tool(10);
    const saving = checkpointer.step();
    checkpointer.tool(1);
    saves[0]?.fail();
    await saving;
    expect([checkpointer.pending.tools, failures.length]).toEqual([11, 1]);
    await checkpointer.step();
    expect(saves).toHaveLength(1);
    clock.pass(10_000);
    const again = checkpointer.step();
    expect(saves).toHaveLength(2);
    saves[1]?.end();
    await again;
    expect(checkpointer.pending.tools).toBe(0);
  });
  it('a significant event does not wait for the pause after a failure', async () => {
    const { checkpointer, saves } = begin();
    checkpointer.tool(10);
    const saving = checkpointer.step();
    saves[0]?.fail();
    await saving;
    checkpointer.significant('paid');
    void checkpointer.step();
    expect(saves.map((s) => s.trigger)).toEqual(['tools', 'paid']);
  });
  it('a snapshot that throws is a save that failed, and blocks no later one', async () => {
    let broken = true;
    const { checkpointer, saves, failures, clock } = begin({
      snapshot: () => {
        if (broken) throw new Error('not whole');
        return 1;
      },
    });
    checkpointer.tool(10);
    await checkpointer.step();
    expect([failures.length, checkpointer.isSaving]).toEqual([1, false]);
    broken = false;
    clock.pass(10_000);
    void checkpointer.step();
    expect(saves).toHaveLength(1);
  });
  it('flush saves behind the one that is under way', async () => {
    const { checkpointer, saves, at } = begin();
    checkpointer.tool(10);
    void checkpointer.step();
    at.state = 5;
    const flushed = checkpointer.flush('handover');
    expect(saves).toHaveLength(1);
    saves[0]?.end();
    for (let turn = 0; turn < 50 && saves.length < 2; turn++) await Promise.resolve();
    expect(saves).toHaveLength(2);
    expect(saves[1]).toMatchObject({ state: 5, trigger: 'handover' });
    saves[1]?.end();
    await flushed;
  });
});
