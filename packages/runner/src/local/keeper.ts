import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** The command line of this package, for starting ourselves. */
export const cliPath = fileURLToPath(new URL('../../bin/reeve.mjs', import.meta.url));

/**
 * Waits for the end of a pipe that only the runner holds, ends its cgroups, then becomes the clean-up, which ends
 * what was held otherwise, and reports. It leaves our cgroup and, by the fork, our descent, so that what ends the
 * runner does not end it too.
 */
const script = `
folder=$1
shift
[ -z "$folder" ] || echo $$ > "$folder/../cgroup.procs"
(
  while read -r line; do [ "$line" = done ] && exit 0; done
  [ -z "$folder" ] || echo 1 > "$folder/agents/cgroup.kill"
  exec "$@"
) <&3 3<&- 2> /dev/null &
`;

export type Keeper = { release(): void };

/**
 * Starts a keeper for this runner: a sleeping shell that ends the runner's agents should the runner be killed with
 * -9, when nobody else is left to do it. Costs about a megabyte. `folder` is the cgroup of the runner, if it has one.
 */
export function startKeeper(o: { instance: string; runDir: string; folder: string | undefined; isTemporary: boolean }): Keeper {
  if (process.platform === 'win32') return { release: () => {} };
  const sweep = [
    process.execPath,
    cliPath,
    'sweep',
    '--run-dir',
    o.runDir,
    '--instance',
    o.instance,
    ...(o.isTemporary ? ['--remove'] : []),
  ];
  // Its environment carries no marker: a sweep for the agent that we may run under must not find it.
  const env = { PATH: process.env.PATH, HOME: process.env.HOME };
  const child = spawn('/bin/sh', ['-c', script, 'reeve-keeper', o.folder ?? '', ...sweep], {
    cwd: '/',
    env,
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  child.on('error', () => {});
  const pipe = child.stdio[3] as Writable & { unref?: () => void };
  pipe.on('error', () => {});
  child.unref();
  pipe.unref?.();
  return { release: () => void pipe.end('done\n') };
}
