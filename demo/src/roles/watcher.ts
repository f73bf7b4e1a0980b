import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Kit } from '../fleet/kit.ts';

/** Writes the commit of `main` into a file, every ten seconds, as long as its agent lives. */
const script = 'while kill -0 "$1" 2>/dev/null; do git -C "$2" rev-parse refs/heads/main > "$3" 2>/dev/null; sleep 10; done';

/**
 * A helper in a session of its own (`detached` calls setsid), as coding agents start their shell commands. It leaves
 * the agent's process group, so only a containment ends it together with its agent; without one it notices by itself
 * within ten seconds that the agent is gone.
 */
export function startWatcher(kit: Kit): { mainMoved(): boolean; end(): void } {
  const { places } = kit.settings;
  const file = join(places.work, 'main-commit');
  const child = spawn('sh', ['-c', script, 'main-watcher', String(process.pid), places.library, file], { detached: true, stdio: 'ignore' });
  child.on('error', () => {});
  child.unref();
  kit.note(`watching main with a helper in its own session (pid ${child.pid})`);
  let known: string | undefined;
  return {
    mainMoved() {
      let now: string;
      try {
        now = readFileSync(file, 'utf8').trim();
      } catch {
        return false;
      }
      const moved = known !== undefined && now !== '' && now !== known;
      if (now !== '') known = now;
      return moved;
    },
    end() {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGTERM');
      } catch {
        // It has ended already.
      }
    },
  };
}
