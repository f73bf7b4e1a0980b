import type { Task } from '@reeve/core';
import { runsOf, taskOf } from '@reeve/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReadyWindows, type Wants } from '../../src/store/ready-windows.ts';

const ready = (id: string, over: Partial<Task> = {}): Task =>
  taskOf({ id, projectId: 'prj_1', state: 'ready', labels: [], needs: [], dependsOn: [], priority: 0, ...over });
const wants: Wants[] = [
  { labels: [], capabilities: [] },
  { labels: ['x'], capabilities: [] },
  { labels: [], capabilities: ['gpu'] },
  { labels: ['x'], capabilities: ['gpu'] },
];
const all = new Map<string, Task>();
/** What a database would answer. */
const headOf = (tasks: ReadonlyMap<string, Task>, { labels, capabilities }: Wants): Task[] =>
  [...tasks.values()]
    .filter((t) => t.state === 'ready' && labels.every((l) => t.labels.includes(l)) && t.needs.every((n) => capabilities.includes(n)))
    .sort((a, b) => b.priority - a.priority || (a.id < b.id ? -1 : 1));

const change = fc.record({
  n: fc.nat(30),
  state: fc.constantFrom('ready', 'ready', 'claimed', 'done', 'blocked', 'scheduled'),
  priority: fc.nat(2),
  x: fc.boolean(),
  gpu: fc.boolean(),
});
const step = fc.oneof(
  { weight: 3, arbitrary: fc.array(change, { minLength: 1, maxLength: 5 }).map((changes) => ({ changes })) },
  { weight: 1, arbitrary: fc.record({ of: fc.nat(3), most: fc.integer({ min: 1, max: 12 }) }) },
);

describe('the heads of queues that are kept', () => {
  it('are what a read would answer, as far as they go, after any changes', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        all.clear();
        const windows = new ReadyWindows();
        for (const s of steps) {
          if ('changes' in s) {
            const touched = new Map<string, Task>();
            for (const { n, state, priority, x, gpu } of s.changes)
              touched.set(
                `t${String(n).padStart(2, '0')}`,
                ready(`t${String(n).padStart(2, '0')}`, {
                  state: state as Task['state'],
                  priority,
                  labels: x ? ['x'] : [],
                  needs: gpu ? ['gpu'] : [],
                }),
              );
            for (const [id, t] of touched) all.set(id, t);
            windows.changed(touched);
          } else {
            const w = wants[s.of] as Wants;
            const head = headOf(all, w);
            windows.set(w, { rows: head.slice(0, s.most), isAll: head.length < s.most });
          }
          for (const w of wants) {
            const window = windows.get(w);
            if (!window) continue;
            const head = headOf(all, w);
            expect(window.rows).toEqual(window.isAll ? head : head.slice(0, window.rows.length));
          }
        }
      }),
      { numRuns: runsOf('property', 2_000) },
    );
  });
  it('a task is not awaited until one is blocked on it or somebody waits for its end', () => {
    const windows = new ReadyWindows();
    windows.notAwaited(['a', 'b', 'c']);
    expect(windows.areUnawaited(['a', 'b', 'c'])).toBe(true);
    windows.changed(new Map([['d', ready('d', { state: 'blocked', dependsOn: ['a'] })]]));
    windows.awaited(['b']);
    expect([windows.areUnawaited(['a']), windows.areUnawaited(['b']), windows.areUnawaited(['c']), windows.areUnawaited(['d'])]).toEqual([
      false,
      false,
      true,
      false,
    ]);
  });
  it('keeps sixteen, and forgets what was read longest ago', () => {
    const windows = new ReadyWindows();
    const of = (n: number): Wants => ({ labels: [`l${n}`], capabilities: [] });
    for (let n = 0; n < 17; n++) windows.set(of(n), { rows: [], isAll: true });
    expect([windows.get(of(0)), windows.get(of(1))]).toEqual([undefined, expect.objectContaining({ isAll: true })]);
  });
});
