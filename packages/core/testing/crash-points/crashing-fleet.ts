import type { DomainError } from '../../src/kernel/errors.ts';
import type { Result } from '../../src/kernel/result.ts';
import { createSequentialIds } from '../../src/memory/memory-ids.ts';
import type { Actor, CommandMap, CommandOutput, CommandType } from '../../src/supervisor/commands.ts';
import { createSupervisor } from '../../src/supervisor/supervisor.ts';
import { commandOf, operator, TestFleet } from '../test-fleet.ts';

class Crash extends Error {}
/** Where the supervisor dies, by the number of the commit that it was about to make, or had just made. */
export type CrashPoint = { commit: number; at: 'before' | 'after' };

/** Commands that a client names, so that a repeated one is known again. */
const named: readonly CommandType[] = [
  'agents.register',
  'agents.spawn',
  'agents.launch',
  'tasks.add',
  'tasks.claim',
  'changes.propose',
  'checkpoints.restore',
  'costs.reserve',
];
/** How a write by a holder is refused when the first, whose answer was lost, ended the claim: to its sender that is success. */
const alreadyDone: readonly DomainError['code'][] = ['stale_token', 'illegal_transition'];

/**
 * A fleet whose supervisor dies at chosen commits: before one nothing of it is stored, after one everything is and nobody
 * hears of it. A new supervisor takes over what is stored, and the client asks again, with the same request id where the
 * command has one.
 */
export class CrashingFleet extends TestFleet {
  commits = 0;
  crashes = 0;
  private asked = 0;
  private current;
  private readonly ids = createSequentialIds();

  constructor(private readonly points: readonly CrashPoint[] = []) {
    super({
      beforeCommit: () => {
        this.commits += 1;
        this.dieAt('before');
      },
      afterCommit: () => this.dieAt('after'),
    });
    this.current = this.restarted();
  }
  private restarted() {
    return createSupervisor({ store: this.store, ids: this.ids, secrets: this.secrets });
  }
  private dieAt(at: CrashPoint['at']): void {
    if (!this.points.some((p) => p.commit === this.commits && p.at === at)) return;
    this.crashes += 1;
    throw new Crash();
  }

  override async ask<T extends CommandType>(
    type: T,
    told: Parameters<TestFleet['ask']>[1] & object,
    actor: Actor = operator,
  ): Promise<Result<CommandOutput<T>>> {
    this.asked += 1;
    const input = named.includes(type) ? { requestId: `request ${this.asked}`, ...told } : told;
    const command = commandOf(type, input as CommandMap[T]['in'] & never, actor);
    for (let again = false; ; again = true) {
      try {
        const { results } = await this.current.executeBatch(this.projectId, [command]);
        const result = results[0] as Result<CommandOutput<T>>;
        if (!result.ok && again && alreadyDone.includes(result.error.code)) return { ok: true, value: {} as CommandOutput<T> };
        return result;
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
        this.current = this.restarted();
      }
    }
  }
}
