import { describe, expect, it } from 'vitest';
import { csvName, toCsv } from './csv';

describe('CSV', () => {
  it('quotes what must be quoted and keeps exact amounts', () => {
    expect(
      toCsv(
        ['name', 'usd'],
        [
          ['a "b", c', '0.000000001'],
          ['line\nbreak', null],
        ],
      ),
    ).toBe('name,usd\r\n"a ""b"", c",0.000000001\r\n"line\nbreak",\r\n');
  });
  it('never lets a name run as a formula, and leaves numbers numbers', () => {
    expect(toCsv(['n'], [['=1+1'], ['+x'], ['@sum'], ['-2.5'], ['-cmd']])).toBe("n\r\n'=1+1\r\n'+x\r\n'@sum\r\n-2.5\r\n'-cmd\r\n");
  });
  it('names the file by its time', () => {
    expect(csvName('costs-by-agent', Date.UTC(2026, 10, 24, 9, 30))).toBe('costs-by-agent-2026-11-24-0930.csv');
  });
});
