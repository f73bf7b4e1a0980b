import type { LoggedEvent } from '../../src/kernel/events.ts';
import type { Result } from '../../src/kernel/result.ts';
import type { Command } from '../../src/supervisor/commands.ts';
import type { Commit } from '../../src/supervisor/ports.ts';
import { invariants } from './invariants/index.ts';
import type { Invariant } from './invariants/invariant.ts';
import type { Model } from './model.ts';
import { observe } from './observe.ts';

/**
 * The watcher beside the store: it sees every commit once, whole, before anybody hears of it, and holds it against the
 * numbered promises.
 */
export class Watcher {
  private nothingFor: string | null = null;
  private lastSeq = 0;

  constructor(
    private readonly model: Model,
    private readonly fail: (id: string, detail: string) => void,
  ) {}

  /** From here on a commit with facts in it breaks this promise; null: facts are fine again. */
  expectNothing(id: string | null): void {
    this.nothingFor = id;
  }

  before(commands: readonly Command[]): void {
    this.model.commands = commands;
  }
  /** Every commit, from inside the store: the first to see it. */
  take(commit: Commit): void {
    const { model, nothingFor } = this;
    if (nothingFor && commit.events.length) this.fail(nothingFor, `a second look at the same moment recorded ${commit.events[0]?.type}`);
    if (commit.fromSeq !== this.lastSeq + 1 || commit.toSeq !== this.lastSeq + commit.events.length)
      this.fail('LOG-1', `the log goes on at ${commit.fromSeq} after ${this.lastSeq}`);
    this.lastSeq = commit.toSeq;
    model.lastCommit = commit;
    for (const m of commit.stopMembers) {
      if (model.rows.stopMembers.has(m.id)) continue;
      const list = model.membersOf.get(m.stopId);
      if (list) list.push(m.id);
      else model.membersOf.set(m.stopId, [m.id]);
    }
    for (const e of commit.events) this.fact(e, commit);
    for (const inv of checks) this.judge(inv, inv.check(model, commit));
    model.move(commit);
  }
  private fact(e: LoggedEvent, commit: Commit): void {
    const { model } = this;
    for (const inv of byFact.get(e.type) ?? none) this.judge(inv, inv.fact(model, e, commit));
    observe(model, e, commit);
    model.replay.take(e);
    if (e.type === 'stop.accepted') model.fence(e.data.agentId, e.seq);
  }
  /** What a caller is told, after the commit. */
  answered(commands: readonly Command[], results: readonly Result<unknown>[]): void {
    for (const inv of answers)
      commands.forEach((c, i) => {
        const result = results[i] as Result<unknown>;
        this.judge(inv, inv.answer(this.model, c, result, commands.length === 1));
      });
  }
  /** The healed world at rest, and everything from the beginning once more. */
  settle(nowMs: number): void {
    for (const inv of settled) this.judge(inv, inv.settled(this.model, nowMs));
  }

  private judge(inv: Invariant, broken: string | undefined): void {
    if (broken !== undefined) this.fail(inv.id, `${inv.says}: ${broken}`);
  }
}

type With<K extends keyof Invariant> = Invariant & Required<Pick<Invariant, K>>;
const having = <K extends keyof Invariant>(key: K): With<K>[] => invariants.filter((i): i is With<K> => i[key] !== undefined);
const checks = having('check');
const answers = having('answer');
const settled = having('settled');
const none: With<'fact'>[] = [];
const byFact = new Map<string, With<'fact'>[]>();
for (const inv of having('fact')) for (const type of inv.on ?? []) byFact.set(type, [...(byFact.get(type) ?? []), inv]);
