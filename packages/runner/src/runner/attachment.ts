import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Containment } from '../containment/containment.ts';

/**
 * Whether a launched program supervises itself with `@reeve/agent`. Its client says so in a file that only it can
 * win. Such an agent beats for itself, so that a hung one is seen, and obeys a pause by itself; for all others the
 * runner beats and holds them still.
 */
export class Attachment {
  readonly file: string;
  constructor(folder: string, agentId: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.file = join(folder, agentId.replace(/[^A-Za-z0-9_-]/g, '_'));
    this.clear();
  }
  isHeld(containment: Containment): boolean {
    let pid: number;
    try {
      pid = Number(readFileSync(this.file, 'utf8'));
    } catch {
      return false;
    }
    if (!pid) return false;
    // Inside a PID namespace pids are other ones; there it is enough that the command still runs.
    if (containment.level === 'pid-namespace') return true;
    return containment.members().some((p) => p.pid === pid);
  }
  clear(): void {
    rmSync(this.file, { force: true });
  }
}
