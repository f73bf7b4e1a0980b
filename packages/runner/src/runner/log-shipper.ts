import type { Readable } from 'node:stream';
import { delay, within } from '@reeve/agent';
import { LineCutter, type LogLine, LogQueue } from './log-lines.ts';

export type SendLines = (agentId: string, lines: LogLine[]) => Promise<void>;
type Entry = { queue: LogQueue; sending: Promise<boolean> | undefined };
const tickMs = 400;
const retryMs = 250;
/** 160 kB a second and agent; half a megabyte may wait. */
const limits = { maxWaitingBytes: 512_000, bytesPerTick: 64_000 };

/** Ships the output of all agents of a runner on one timer, so that their requests travel in one batch. */
export class LogShipper {
  private readonly queues = new Map<string, Entry>();
  private timer: NodeJS.Timeout | undefined;
  constructor(private readonly send: SendLines) {}

  /** Follows a stream to its end. The agent's token is taken out: a program that prints its environment shows it. */
  follow(agentId: string, stream: LogLine['stream'], source: Readable, token: string): void {
    const { queue } = this.entry(agentId);
    const cutter = new LineCutter(stream, (line) => {
      queue.push(token && line.text.includes(token) ? { ...line, text: line.text.replaceAll(token, '<token>') } : line);
      this.arm();
    });
    source.on('data', (chunk: Buffer) => cutter.write(chunk));
    source.once('close', () => cutter.end());
  }
  /** A line of the runner's own into the log of an agent. */
  say(agentId: string, text: string): void {
    this.entry(agentId).queue.push({ stream: 'stderr', at: Date.now(), text: `[reeve] ${text}` });
    this.arm();
  }
  /** Sends what waits for this agent, for at most `timeoutMs`; then forgets it. */
  async finish(agentId: string, timeoutMs: number): Promise<void> {
    const untilMs = Date.now() + timeoutMs;
    const entry = this.queues.get(agentId);
    while (entry && !entry.queue.isEmpty && Date.now() < untilMs)
      if (!(await within(untilMs - Date.now(), this.ship(agentId, entry), false))) await delay(retryMs);
    this.queues.delete(agentId);
  }
  close(): void {
    clearTimeout(this.timer);
  }

  private entry(agentId: string): Entry {
    let entry = this.queues.get(agentId);
    if (!entry) {
      entry = { queue: new LogQueue(limits), sending: undefined };
      this.queues.set(agentId, entry);
    }
    return entry;
  }
  private arm(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      for (const [agentId, entry] of this.queues) void this.ship(agentId, entry);
    }, tickMs);
  }
  /** Sends one portion; false when it could not be stored and waits on. */
  private async ship(agentId: string, entry: Entry): Promise<boolean> {
    if (entry.sending) return entry.sending;
    const lines = entry.queue.peek();
    if (!lines.length) return true;
    const stored = () => {
      entry.queue.take(lines.length);
      return true;
    };
    entry.sending = this.send(agentId, lines).then(stored, () => false);
    const sent = await entry.sending;
    entry.sending = undefined;
    if (!entry.queue.isEmpty) this.arm();
    return sent;
  }
}
