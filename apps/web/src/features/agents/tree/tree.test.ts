import { describe, expect, it } from 'vitest';
import { neighbour, neighbourLine } from '@/ui/tree-walk';
import type { Row } from '../visible-tree';
import { anchored, firstView, inView, nearestTo, needsRebuild, rowAt, scrolledTo } from './culling';
import { boundsOf, card, gap, layoutTree } from './layout';
import { pixelOf } from './palette';

const size = { width: 1000, height: 800 };
const tenThousand = () => Int32Array.from({ length: 10_000 }, (_, i) => (i === 0 ? -1 : Math.floor((i - 1) / 10)));

describe('layout', () => {
  it('puts children one column to the right, around the middle of their parent', () => {
    const p = layoutTree(Int32Array.from([-1, 0, 0, 0]));
    expect([...p.x]).toEqual([0, card.width + gap.x, card.width + gap.x, card.width + gap.x]);
    expect(p.y[2]).toBe(p.y[0]);
    expect((p.y[2] as number) - (p.y[1] as number)).toBe(card.height + gap.y);
  });
  it('never lets two cards overlap', () => {
    const p = layoutTree(tenThousand());
    const columns = new Map<number, number[]>();
    p.x.forEach((x, i) => {
      columns.set(x, [...(columns.get(x) ?? []), p.y[i] as number]);
    });
    for (const ys of columns.values()) {
      ys.sort((a, b) => a - b);
      for (let i = 1; i < ys.length; i++)
        expect((ys[i] as number) - (ys[i - 1] as number)).toBeGreaterThanOrEqual(card.height + gap.y - 0.5);
    }
  });
  it('keeps the order, and moves nobody by more than half a row when one leaf is added', () => {
    const before = layoutTree(Int32Array.from([-1, 0, 0, 0, 1, 1]));
    const after = layoutTree(Int32Array.from([-1, 0, 0, 0, 1, 1, 0]));
    const shift = (i: number) =>
      Math.abs((after.y[i] as number) - (after.y[0] as number) - ((before.y[i] as number) - (before.y[0] as number)));
    for (let i = 1; i < 6; i++) expect(shift(i)).toBeLessThanOrEqual((card.height + gap.y) / 2 + 0.5);
    expect(after.y[1]).toBeLessThan(after.y[2] as number);
  });
  it('stands several roots in one column', () => {
    const p = layoutTree(Int32Array.from([-1, -1, 0]));
    expect(p.x[0]).toBe(p.x[1]);
    expect(boundsOf(p).width).toBe(2 * card.width + gap.x);
    expect(boundsOf(layoutTree(new Int32Array(0)))).toEqual({ x: 0, y: 0, width: 0, height: 0 });
  });
});

describe('culling', () => {
  const p = layoutTree(tenThousand());
  it('mounts what is on screen and 300 px around it, in a fraction of a frame', () => {
    const v = { x: 0, y: 400, zoom: 1 };
    const start = performance.now();
    const seen = inView(p, v, size);
    expect(performance.now() - start).toBeLessThan(100);
    expect(seen.length).toBeGreaterThan(5);
    expect(seen.length).toBeLessThan(120);
    for (const i of seen) expect(p.y[i]).toBeGreaterThan(-400 - 300 - card.height - 1);
  });
  it('is done anew after 200 px, after a zoom, and when the dots take over', () => {
    const v = { x: 0, y: 0, zoom: 1 };
    expect(needsRebuild(null, v)).toBe(true);
    expect(needsRebuild(v, { ...v, x: 150 })).toBe(false);
    expect(needsRebuild(v, { ...v, y: -201 })).toBe(true);
    expect(needsRebuild(v, { ...v, zoom: 0.39 })).toBe(true);
    expect(needsRebuild({ ...v, zoom: 0.3 }, { x: 9000, y: 0, zoom: 0.2 })).toBe(false);
  });
  it('keeps the anchor where it is on screen', () => {
    const v = { x: 10, y: 20, zoom: 0.5 };
    const next = anchored(v, { x: 100, y: 100 }, { x: 140, y: 300 });
    expect([140 * next.zoom + next.x, 300 * next.zoom + next.y]).toEqual([100 * v.zoom + v.x, 100 * v.zoom + v.y]);
  });
  it('moves the screen only as far as needed', () => {
    const v = { x: 0, y: 0, zoom: 1 };
    expect(scrolledTo(v, size, { x: 200, y: 200 })).toEqual(v);
    expect(scrolledTo(v, size, { x: 200, y: 790 }).y).toBe(800 - 32 - card.height - 790);
  });
  it('finds the card under a pointer', () => {
    expect(rowAt(p, { x: (p.x[3] as number) + 5, y: (p.y[3] as number) + 5 })).toBe(3);
    expect(rowAt(p, { x: -5000, y: 0 })).toBe(-1);
    expect(nearestTo(p, { x: -5000, y: p.y[0] as number })).toBe(0);
  });
  it('first shows all of a small tree, and the roots of a large one', () => {
    const small = layoutTree(Int32Array.from([-1, 0, 0]));
    const box = boundsOf(small);
    const v = firstView(box, { x: 0, y: 0 }, size);
    expect(v.zoom).toBe(1);
    const large = firstView(boundsOf(p), { x: p.x[0] as number, y: p.y[0] as number }, size);
    expect(large.zoom).toBe(0.9);
    expect((p.y[0] as number) * large.zoom + large.y).toBeGreaterThan(0);
  });
  it('writes colours as pixels', () => {
    expect(pixelOf('#6c92f4').toString(16)).toBe('fff4926c');
  });
});

describe('arrow keys', () => {
  const row = (key: string, parent: number, depth: number, open: boolean | null) => ({ key, parent, depth, open }) as Row;
  const rows = [row('a', -1, 0, true), row('b', 0, 1, true), row('c', 1, 2, null), row('d', 0, 1, false)];
  it('walk the columns of the tree', () => {
    expect(neighbour(rows, 0, 'ArrowRight')).toEqual({ to: 1 });
    expect(neighbour(rows, 1, 'ArrowDown')).toEqual({ to: 3 });
    expect(neighbour(rows, 2, 'ArrowLeft')).toEqual({ to: 1 });
    expect(neighbour(rows, 3, 'ArrowRight')).toEqual({ fold: true });
    expect(neighbour(rows, 0, 'ArrowLeft')).toEqual({ fold: false });
    expect(neighbour(rows, 2, 'x')).toBeNull();
  });
  it('walk the lines of the outline', () => {
    expect(neighbourLine(rows, 1, 'ArrowDown')).toEqual({ to: 2 });
    expect(neighbourLine(rows, 1, 'ArrowLeft')).toEqual({ fold: false });
    expect(neighbourLine(rows, 2, 'ArrowLeft')).toEqual({ to: 1 });
  });
});
