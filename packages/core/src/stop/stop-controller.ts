import type { Commit } from '../supervisor/ports.ts';

/** Without news of a stop the controller looks again after this long. */
const idleEveryMs = 5_000;

/**
 * Decides when the open stops are stepped: at every look while there are any, and now and then in any case. News of a
 * stop comes with its commit, and a commit whose answer was lost is nobody's news; the slow look finds its stop all the
 * same (I-STOP-7). It keeps nothing that a restart could lose. Whoever calls it owns the timers.
 *
 * Use it in a loop of the server, one for all projects of the process; a caller that steps a stop itself needs none.
 *
 * @example
 * const looks: number[] = [];
 * const controller = new StopController(async () => ({ open: looks.push(looks.length) < 2 ? 1 : 0 }));
 * await controller.look(1_000);
 * await controller.look(1_010);
 * await controller.look(1_020); // none is open by now
 * looks.length; // → 2
 */
export class StopController {
  /** After a start there may be any number. */
  private open = true;
  private lookedAtMs = 0;

  constructor(private readonly step: () => Promise<{ open: number; more: boolean }>) {}

  /** Takes note of a commit; answers whether it brought evidence that should not wait for the next look. */
  committed(c: Pick<Commit, 'stops' | 'stopMembers' | 'events'>): boolean {
    if (c.stops.length || c.stopMembers.length) this.open = true;
    // the members of a large stop are enlisted at once, turn by turn
    if (c.stops.some((s) => s.enlisting)) return true;
    return this.open && c.events.some((e) => e.type === 'agent.process-ended' || e.type === 'stop.acknowledged');
  }
  /** One look, level-triggered: twice equals once. Rejects when the step failed; the next look comes all the same. */
  async look(nowMs: number): Promise<void> {
    if (!this.open && nowMs - this.lookedAtMs < idleEveryMs) return;
    this.lookedAtMs = nowMs;
    // until it is answered there may be something: a step that fails is looked after at once
    this.open = true;
    for (let again = true; again; ) {
      const { open, more } = await this.step();
      this.open = open > 0;
      again = more;
    }
  }
}
