import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LoadAccount, LoadOrder } from './load.ts';

/** The other end of the channel to `load.ts`. */
export class Load {
  private startedMs = 0;
  private constructor(private readonly child: ChildProcess) {}

  static start(order: LoadOrder): Load {
    const load = new Load(fork(fileURLToPath(new URL('./load.ts', import.meta.url)), { execArgv: ['--import', 'tsx'] }));
    load.child.send(order);
    load.startedMs = performance.now();
    return load;
  }
  get pid(): number {
    return this.child.pid ?? 0;
  }
  /** Counts from here on. */
  reset(): void {
    this.child.send('reset');
    this.startedMs = performance.now();
  }
  async account(): Promise<LoadAccount> {
    const told = new Promise<LoadAccount>((resolve) => this.child.once('message', (m) => resolve(m as LoadAccount)));
    const ms = performance.now() - this.startedMs;
    this.child.send('tell');
    return { ...(await told), ms };
  }
  async stop(): Promise<void> {
    const exited = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.send('stop');
    await exited;
  }
}
