import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { type ProcessId, startTimeOf } from '../processes/proc.ts';
import type { Exit, SpawnSpec } from './containment.ts';

export type Spawned = { child: ChildProcess; pid: number; id: ProcessId; exited: Promise<Exit> };

/**
 * Starts `file` with an argument array, in a session and process group of its own. Rejects when the system refuses.
 * `exited` follows the process (`exit`), not its pipes (`close`): a grandchild may hold those open for ever.
 */
export function spawnDetached(file: string, args: string[], spec: SpawnSpec): Promise<Spawned> {
  const options: SpawnOptions = { cwd: spec.cwd, env: spec.env, detached: true, stdio: [spec.stdin, 'pipe', 'pipe'] };
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, options);
    const exited = new Promise<Exit>((done) => child.once('exit', (exitCode, signal) => done({ exitCode, signal })));
    child.once('error', reject);
    child.once('spawn', () => {
      const pid = child.pid as number;
      // Not yet collected, so its entry is still there even when it has ended already.
      resolve({ child, pid, id: { pid, startTime: startTimeOf(pid) ?? 'unknown' }, exited });
    });
  });
}
