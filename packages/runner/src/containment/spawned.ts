import { type SpawnOptions, spawn } from 'node:child_process';
import { PassThrough, type Readable } from 'node:stream';
import { type ProcessId, startTimeOf } from '../processes/proc.ts';
import type { Exit, Output, SpawnSpec } from './containment.ts';

export type Spawned = { output: Output; pid: number; id: ProcessId; exited: Promise<Exit> };

/**
 * Starts `file` with an argument array, in a session and process group of its own. Rejects when the system refuses.
 * `exited` follows the process (`exit`), not its pipes (`close`): a grandchild may hold those open for ever.
 */
export function spawnDetached(file: string, args: string[], spec: SpawnSpec): Promise<Spawned> {
  const options: SpawnOptions = { cwd: spec.cwd, env: spec.env, detached: true, stdio: [spec.stdin, 'pipe', 'pipe'] };
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, options);
    const output = { stdout: kept(child.stdout), stderr: kept(child.stderr) };
    const exited = new Promise<Exit>((done) => child.once('exit', (exitCode, signal) => done({ exitCode, signal })));
    child.once('error', reject);
    child.once('spawn', () => {
      const pid = child.pid as number;
      // Not yet collected, so its entry is still there even when it has ended already.
      resolve({ output, pid, id: { pid, startTime: startTimeOf(pid) ?? 'unknown' }, exited });
    });
  });
}

/**
 * The same stream, kept until somebody reads it. Node throws away what nobody has begun to read when the process ends,
 * and a short command ends before its containment is made.
 */
function kept(source: Readable | null): Readable {
  const stream = new PassThrough();
  if (!source) return stream.end();
  source.pipe(stream);
  // A pipe that an escaped process holds open is let go with its reader.
  stream.once('close', () => source.destroy());
  source.once('close', () => stream.end());
  return stream;
}
