import { describe, expect, it } from 'vitest';
import { LineCutter, type LogLine, LogQueue } from '../src/runner/log-lines.ts';

describe('output on its way to the log', () => {
  const cut = (...chunks: (string | Buffer)[]): string[] => {
    const lines: LogLine[] = [];
    const cutter = new LineCutter('stdout', (l) => lines.push(l));
    for (const c of chunks) cutter.write(Buffer.from(c));
    cutter.end();
    return lines.map((l) => l.text);
  };

  it('is cut into lines, wherever the pipe cut it', () => {
    expect(cut('a\nb', 'c\r\n', '\nlast')).toEqual(['a', 'bc', '', 'last']);
    const euro = Buffer.from('€\n');
    expect(cut(euro.subarray(0, 1), euro.subarray(1))).toEqual(['€']);
  });
  it('keeps of a progress bar its last state, and no NUL', () => {
    expect(cut('10%\r50%\r100%\nx\0y\n')).toEqual(['100%', 'xy']);
  });
  it('cuts lines that are too long for the log', () => {
    expect(cut(`${'x'.repeat(20_000)}\n`).map((l) => l.length)).toEqual([8192, 8192, 3616]);
    expect(cut('x'.repeat(9_000), 'y\n').join('')).toHaveLength(9_001);
  });

  const line = (text: string): LogLine => ({ stream: 'stdout', at: 0, text });
  it('is bounded in what waits; what is left out is counted in its place', () => {
    const queue = new LogQueue({ maxWaitingBytes: 1_000, bytesPerTick: 1e6 });
    for (let i = 0; i < 30; i++) queue.push(line(`${i}`.padStart(52, '.')));
    const first = queue.peek();
    expect(first).toHaveLength(10);
    queue.take(first.length);
    queue.push(line('after'));
    expect(queue.peek().map((l) => l.text)).toEqual([
      expect.stringMatching(/20 lines \(2000 bytes\) of output are left out here/),
      'after',
    ]);
  });
  it('goes in portions', () => {
    const queue = new LogQueue({ maxWaitingBytes: 1e6, bytesPerTick: 300 });
    for (let i = 0; i < 10; i++) queue.push(line('x'.repeat(52)));
    expect(queue.peek()).toHaveLength(3);
    queue.take(3);
    expect(queue.isEmpty).toBe(false);
    queue.push(line('y'.repeat(5_000)));
    for (let n = queue.peek().length; n > 0; n = queue.peek().length) queue.take(n);
    expect(queue.isEmpty).toBe(true);
  });
});
