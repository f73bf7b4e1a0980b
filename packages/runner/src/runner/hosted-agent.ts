import type { ProcessEvidence, RunnerReport } from '@reeve/core/vocabulary';
import type { Containment, ContainmentHost, Exit, SpawnSpec } from '../containment/containment.ts';
import { whyNotStartable } from '../processes/find-command.ts';
import { eventually } from '../processes/poll.ts';
import { Alarm } from './alarm.ts';
import type { Attachment } from './attachment.ts';

export type AgentSpec = SpawnSpec & { epoch: number; name: string; sessionId: string; attachment: Attachment };
export type Directive = {
  directive: 'run' | 'pause' | 'stop' | 'checkpoint';
  stop?: { deadline: string } | undefined;
  error?: { code: string } | undefined;
};
/** What a hosted agent needs of the runner around it. */
export type Around = {
  host: ContainmentHost;
  report(report: RunnerReport): void;
  log(text: string): void;
  /** Called with each command that has started, to follow its output. */
  onStarted(agent: HostedAgent, containment: Containment): void;
  /** Called when nothing of it is left; also when something is that does not end, and again when that has. */
  onEnded(agent: HostedAgent, evidence: ProcessEvidence): void;
};

/** For the processes that the command leaves behind when it ends by itself: from TERM to KILL. */
const leftoverGraceMs = 1_000;
/** For an agent that Reeve counts as ended while its process still runs; it may be about to exit. */
const lingerMs = 30_000;
const killConfirmMs = 5_000;
/** Refusals of a heartbeat that no later one can undo. */
const endings = new Set(['not_found', 'illegal_transition', 'version_conflict']);

/** One agent whose process this runner holds, from its launch to the evidence of its end. */
export class HostedAgent {
  containment: Containment | undefined;
  evidence: ProcessEvidence | undefined;
  exit: Exit | undefined;
  /** Resolves with the evidence when nothing of it is left, or what is left could not be ended. */
  readonly ended: Promise<ProcessEvidence>;
  private readonly term = new Alarm();
  private readonly kill = new Alarm();
  private readonly notes: string[] = [];
  private frozen = false;
  /** A stop gives what the command leaves behind its time; an end that the agent itself has reported does not. */
  private stopped = false;

  constructor(
    readonly spec: AgentSpec,
    private readonly around: Around,
  ) {
    this.ended = this.live();
  }
  get id(): string {
    return this.spec.agentId;
  }
  get epoch(): number {
    return this.spec.epoch;
  }
  /** Whether the runner beats for it: it runs, and does not beat for itself. */
  get needsBeats(): boolean {
    return !this.evidence && this.containment !== undefined && !this.spec.attachment.isHeld(this.containment);
  }

  /** Its processes are held still, as was asked: the runner says so for it. */
  get isHeldStill(): boolean {
    return this.frozen;
  }

  /** TERM and KILL at these times, or at earlier ones that were set before (I-STOP-2, I-STOP-6). */
  stop(o: { termAtMs: number; killAtMs: number; why?: string; lingers?: true | undefined }): void {
    if (o.why && !this.term.isSet) this.notes.push(o.why);
    if (o.lingers && !this.term.isSet) void this.term.fired.then(() => this.notes.push('Reeve counts this agent as ended'));
    if (!o.lingers) this.stopped = true;
    this.term.set(o.termAtMs);
    this.kill.set(o.killAtMs);
  }

  /** What the heartbeat reply asks of a program that does not read it by itself. */
  obey(d: Directive): void {
    const now = Date.now();
    const gone = d.error ? endings.has(d.error.code) : d.directive === 'stop' && !d.stop;
    if (gone) this.stop({ termAtMs: now + lingerMs, killAtMs: now + lingerMs + killConfirmMs, lingers: true });
    else if (d.directive === 'stop' && d.stop) {
      // The order of the stop names earlier times; this holds where it never arrives.
      const deadlineMs = Math.max(now, Date.parse(d.stop.deadline));
      this.stop({ termAtMs: deadlineMs, killAtMs: deadlineMs + killConfirmMs });
    } else if (!d.stop) this.hold(d.directive === 'pause');
  }
  private hold(still: boolean): void {
    if (still === this.frozen || !this.containment?.freeze(still)) return;
    this.frozen = still;
    this.around.log(still ? 'paused: its processes are held still' : 'goes on');
  }

  private async live(): Promise<ProcessEvidence> {
    const { around, spec } = this;
    const { epoch } = spec;
    let c: Containment;
    try {
      const problem = whyNotStartable(spec.command, spec.cwd, spec.env);
      if (problem) throw new Error(problem);
      c = await around.host.spawn(spec);
    } catch (e) {
      const error = e instanceof Error ? e.message : String(e);
      this.cancelAlarms();
      return this.end({ containment: 'none', exitCode: null, signal: null, survivors: 0, killed: false, detail: error });
    }
    this.containment = c;
    const { pid, startTime } = c.main;
    around.report({ kind: 'started', agentId: this.id, epoch, pid, startTime, containment: c.level });
    around.onStarted(this, c);
    void this.term.fired.then(() => this.terminate(c));
    const exited = c.exited.then((exit) => {
      this.exit = exit;
    });
    await Promise.race([exited, this.kill.fired]);
    if (this.exit) await this.waitForTheRest(c);
    const killed = c.members().length > 0;
    if (killed) {
      around.report({ kind: 'asked', agentId: this.id, epoch, step: 'kill' });
      await c.kill(killConfirmMs);
    }
    const survivors = await c.verifyGone(killConfirmMs);
    if (!survivors.length) await exited;
    this.cancelAlarms();
    spec.attachment.clear();
    if (survivors.length) void this.watch(c, survivors.length);
    else c.dispose();
    return this.end(this.evidenceOf(c, survivors.length, killed));
  }

  private terminate(c: Containment): void {
    if (this.evidence) return;
    this.around.report({ kind: 'asked', agentId: this.id, epoch: this.epoch, step: 'term' });
    c.terminate();
  }

  /** The command has ended. What it left has until the KILL of the stop; without a stop the agent is over with it. */
  private async waitForTheRest(c: Containment): Promise<void> {
    const rest = c.members().length;
    if (!rest) return;
    if (!this.stopped) {
      this.notes.push(
        `${rest} other ${rest === 1 ? 'process was' : 'processes were'} still there when the command ended, and ended with it`,
      );
      this.kill.set(Date.now() + leftoverGraceMs);
      c.terminate();
    }
    await eventually(() => this.kill.hasFired || c.members().length === 0, Number.POSITIVE_INFINITY, 100);
  }

  /** What would not end (in an uninterruptible wait of the kernel) is looked at until it has. */
  private async watch(c: Containment, survivors: number): Promise<void> {
    this.around.log(`${survivors} processes do not end`);
    while ((await c.verifyGone(60_000)).length) await c.kill(1_000);
    c.dispose();
    this.notes.push('ended later');
    this.end(this.evidenceOf(c, 0, true));
  }

  private evidenceOf(c: Containment, survivors: number, killed: boolean): ProcessEvidence {
    const detail = [...this.notes, ...(c.caveat ? [c.caveat] : [])].join('; ').slice(0, 2000);
    const { exitCode = null, signal = null } = this.exit ?? {};
    return { containment: c.level, exitCode, signal, survivors, killed, ...(detail && { detail }) };
  }
  private end(evidence: ProcessEvidence): ProcessEvidence {
    this.evidence = evidence;
    this.around.onEnded(this, evidence);
    return evidence;
  }
  private cancelAlarms(): void {
    this.term.cancel();
    this.kill.cancel();
  }
}
