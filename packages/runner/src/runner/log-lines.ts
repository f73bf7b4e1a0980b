import { StringDecoder } from 'node:string_decoder';

export type LogLine = { stream: 'stdout' | 'stderr'; at: number; text: string };
const maxLineChars = 8192;

/** Cuts a byte stream into lines that the log can hold; a progress bar (`\r`) leaves its last state. */
export class LineCutter {
  private readonly decoder = new StringDecoder('utf8');
  private rest = '';

  constructor(
    private readonly stream: LogLine['stream'],
    private readonly emit: (line: LogLine) => void,
  ) {}
  write(chunk: Buffer): void {
    const parts = (this.rest + this.decoder.write(chunk)).split('\n');
    this.rest = parts.pop() ?? '';
    for (const part of parts) this.line(part);
    if (this.rest.length > maxLineChars) this.end();
  }
  end(): void {
    const last = this.rest + this.decoder.end();
    this.rest = '';
    if (last) this.line(last);
  }
  private line(raw: string): void {
    const text = raw.replace(/\r$/, '');
    const shown = text.slice(text.lastIndexOf('\r') + 1).replaceAll('\0', '');
    for (let i = 0; i === 0 || i < shown.length; i += maxLineChars)
      this.emit({ stream: this.stream, at: Date.now(), text: shown.slice(i, i + maxLineChars) });
  }
}

export type LogLimits = { maxWaitingBytes: number; bytesPerTick: number };

/**
 * The output of one agent on its way to the server: bounded in what waits and in what goes at a time. What does not
 * fit is left out, and a line in its place says how much.
 */
export class LogQueue {
  private lines: LogLine[] = [];
  private bytes = 0;
  private left = { lines: 0, bytes: 0 };
  constructor(private readonly limits: LogLimits) {}

  push(line: LogLine): void {
    const size = sizeOf(line);
    if (this.bytes + size > this.limits.maxWaitingBytes) {
      this.left = { lines: this.left.lines + 1, bytes: this.left.bytes + size };
      return;
    }
    this.sayWhatIsMissing();
    this.lines.push(line);
    this.bytes += size;
  }
  get isEmpty(): boolean {
    return this.lines.length === 0 && this.left.lines === 0;
  }
  /** What may go now; `take` it out again once it is stored. */
  peek(): LogLine[] {
    if (!this.lines.length) this.sayWhatIsMissing();
    let bytes = 0;
    let n = 0;
    for (; n < this.lines.length && n < 2000; n++) {
      bytes += sizeOf(this.lines[n] as LogLine);
      if (n > 0 && bytes > this.limits.bytesPerTick) break;
    }
    return this.lines.slice(0, n);
  }
  take(n: number): void {
    for (const line of this.lines.splice(0, n)) this.bytes -= sizeOf(line);
  }
  private sayWhatIsMissing(): void {
    if (!this.left.lines) return;
    const text = `[reeve] ${this.left.lines} lines (${this.left.bytes} bytes) of output are left out here: it came faster than the log takes it`;
    this.left = { lines: 0, bytes: 0 };
    this.lines.push({ stream: 'stderr', at: Date.now(), text });
    this.bytes += text.length;
  }
}
/** About what it takes on the wire. */
const sizeOf = (line: LogLine): number => line.text.length + 48;
