import { randomUUID } from 'node:crypto';
import { agentEventsInput, costEntryInput, type InputIssue } from '@reeve/core/vocabulary';
import type { CallOptions, Connection } from './connection.ts';
import { ReeveError } from './errors.ts';
import { Outbox } from './outbox.ts';
import type { Inputs } from './wire.ts';

type CostEntry = Inputs['costs']['report']['events'][number];
type AgentEvent = Inputs['agents']['events']['events'][number];
export type CostReport = Omit<CostEntry, 'agentId' | 'eventId'> & { eventId?: string };
type LogLine = { stream: 'stdout' | 'stderr'; at: number; text: string };

const batchBytes = 400_000;
const maxWaiting = 100_000;
const maxLineChars = 8192;
const eventShape = agentEventsInput.shape.events.element;

type Shape = { safeParse(value: unknown): { success: boolean; error?: { issues: { path: PropertyKey[]; message: string }[] } } };
function checked<T>(shape: Shape, value: T): T {
  const r = shape.safeParse(value);
  if (r.success) return value;
  const issues = (r.error?.issues ?? []).map((i): InputIssue => ({ path: i.path.join('.'), message: i.message }));
  throw new ReeveError({ code: 'invalid_input', issues }, issues.map((i) => `${i.path}: ${i.message}`).join('; '));
}
const warn = (what: string) => (items: unknown[], e: ReeveError) =>
  process.emitWarning(`${items.length} ${what} refused: ${e.message}`, { type: 'ReeveWarning', code: e.code });

/**
 * What an agent tells about itself: model calls, events and log lines. Reporting never waits and never fails because
 * the server is away; `flush` waits.
 */
export class Reports {
  /** True once the server says that a budget above this agent is used up. */
  budgetExceeded = false;
  /** The number of the last event; what a checkpoint has in it (I-CKPT-4). */
  eventSequence = 0;
  private readonly costs: Outbox<CostEntry>;
  private readonly events: Outbox<AgentEvent>;
  private readonly lines: Outbox<LogLine>;

  constructor(
    connection: Connection,
    private readonly agentId: string,
    epoch?: number,
  ) {
    const common = { maxBatchBytes: batchBytes, maxItems: maxWaiting, sizeOf: (x: unknown) => JSON.stringify(x).length };
    this.costs = new Outbox<CostEntry>({
      ...common,
      maxBatch: 1000,
      flushAfterMs: 250,
      send: async (events, o) => {
        const reply = await connection.call((trpc, sent) => trpc.costs.report.mutate({ events }, sent), {
          ...o,
          alone: events.length > 50,
        });
        this.budgetExceeded = reply.budgets.some((b) => b.status === 'exceeded');
        for (const id of reply.conflicts)
          process.emitWarning(`The cost event ${id} was stored before with other content`, {
            type: 'ReeveWarning',
            code: 'event_conflict',
          });
      },
      onRefused: warn('cost reports'),
    });
    this.events = new Outbox<AgentEvent>({
      ...common,
      maxBatch: 1000,
      flushAfterMs: 250,
      send: async (events, o) => {
        await connection.call(
          (trpc, sent) => trpc.agents.events.mutate({ id: agentId, events, ...(epoch !== undefined && { epoch }) }, sent),
          { ...o, alone: true },
        );
      },
      onRefused: warn('events'),
    });
    this.lines = new Outbox<LogLine>({
      ...common,
      maxBatch: 2000,
      flushAfterMs: 400,
      send: async (lines, o) => {
        await connection.call((trpc, sent) => trpc.agents.log.mutate({ id: agentId, lines }, sent), { ...o, alone: true });
      },
      onRefused: warn('log lines'),
    });
  }

  /**
   * Reports one model call; counted once whatever is sent again. Returns its event id. Throws `invalid_input` at once
   * for a report that the server would refuse.
   */
  cost(report: CostReport): string {
    const entry = checked(costEntryInput, {
      ...report,
      eventId: report.eventId ?? randomUUID(),
      agentId: this.agentId,
      at: report.at ?? new Date().toISOString(),
    });
    this.costs.push(entry);
    return entry.eventId;
  }
  /** Stores an event of the agent's own, once. Returns its event id. */
  event(type: string, data?: AgentEvent['data']): string {
    const sequence = this.eventSequence + 1;
    const event = checked(eventShape, { eventId: randomUUID(), type, at: new Date().toISOString(), data, sequence });
    this.eventSequence = sequence;
    this.events.push(event);
    return event.eventId;
  }
  /** Appends to the agent's log; long lines are cut in pieces, NUL is taken out since PostgreSQL stores none. */
  log(text: string, stream: 'stdout' | 'stderr' = 'stdout'): void {
    const at = Date.now();
    for (const line of text.replaceAll('\0', '').split(/\r?\n/))
      for (let i = 0; i === 0 || i < line.length; i += maxLineChars) this.lines.push({ stream, at, text: line.slice(i, i + maxLineChars) });
  }
  /** Waits until everything reported so far is stored. Rejects when the server stays away. */
  async flush(o: CallOptions = {}): Promise<void> {
    const results = await Promise.allSettled([this.costs.flush(o), this.events.flush(o), this.lines.flush(o)]);
    for (const r of results) if (r.status === 'rejected') throw r.reason;
  }
  /** Waits for the events alone. */
  flushEvents(o: CallOptions = {}): Promise<void> {
    return this.events.flush(o);
  }
  get unsent(): number {
    return this.costs.size + this.events.size + this.lines.size;
  }
}
