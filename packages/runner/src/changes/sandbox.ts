import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { availableParallelism, homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { type IsolationLevel, isolationLevels } from '@reeve/core/vocabulary';
import PQueue from 'p-queue';
import { containmentMarker, ProcessGroupHost } from '../containment/process-group.ts';
import { runnerMarker } from '../runner/agent-environment.ts';
import { preloadName } from './workplace.ts';

/** How far a gate is shut in, strongest first. The level reached stands in every gate's log. */
export const sandboxLevels = isolationLevels;
export type SandboxLevel = IsolationLevel;

export type SandboxSpec = {
  /** The owner's configured command; the only thing that ever meets a shell here. */
  command: string;
  /** Folders the command may write, all of them the supervisor's own. */
  tree: string;
  home: string;
  tmp: string;
  /** Where V8 reports what ran, made anew for the run, with `coverage-preload.cjs` in it; null: it does not. */
  coverage: string | null;
  /** Folders that it must not see, and those of their insides that it may read. */
  hide: string[];
  show: string[];
  timeLimitMs: number;
  /** What all its processes may hold together; null: no limit. */
  memoryLimitBytes: number | null;
  level: SandboxLevel;
  signal: AbortSignal;
};
export type SandboxRun = {
  exitCode: number | null;
  timedOut: boolean;
  outOfMemory: boolean;
  ms: number;
  stdout: string;
  stderr: string;
  combined: string;
};

const keptBytes = 8 * 1024 * 1024;
const floodBytes = 256 * 1024 * 1024;
// One gate per two cores: the fleet's own work runs on the same machine.
const gates = new PQueue({ concurrency: Math.max(1, Math.floor(availableParallelism() / 2)) });

/** Runs a gate command to its end or its limit; nothing that it started is left. Rejects only when `signal` aborts or nothing starts. */
export function runInSandbox(spec: SandboxSpec): Promise<SandboxRun> {
  return gates.add(() => run(spec)) as Promise<SandboxRun>;
}

async function run(spec: SandboxSpec): Promise<SandboxRun> {
  spec.signal.throwIfAborted();
  const { file, args } = commandLine(spec);
  const id = `gate-${randomUUID()}`;
  const startedAt = performance.now();
  // Held as a process group on every level: inside a namespace its first process takes the others with it.
  const held = await new ProcessGroupHost().spawn({
    agentId: id,
    command: file,
    args,
    cwd: spec.tree,
    env: environmentOf(spec, id),
    stdin: 'ignore',
  });
  const streams = [collect(held.output.stdout), collect(held.output.stderr)] as const;
  const combined: Buffer[] = [];
  let total = 0;
  let timedOut = false;
  const stop = () => void held.kill();
  for (const stream of [held.output.stdout, held.output.stderr])
    stream.on('data', (chunk: Buffer) => {
      total += chunk.length;
      if (total <= keptBytes) combined.push(chunk);
      if (total > floodBytes) stop();
    });
  const timer = setTimeout(() => {
    timedOut = true;
    stop();
  }, spec.timeLimitMs);
  let outOfMemory = false;
  const memory = watchMemory(held, spec.memoryLimitBytes, () => {
    outOfMemory = true;
    stop();
  });
  spec.signal.addEventListener('abort', stop, { once: true });
  try {
    const exit = await held.exited;
    const ms = Math.round(performance.now() - startedAt);
    // What the command left running would see the next gate's files. A PID namespace ends with its first process.
    if (timedOut || outOfMemory || spec.level === 'process-group') {
      await held.kill();
      await held.verifyGone(5_000);
    }
    await Promise.all(streams.map((s) => s.ended));
    spec.signal.throwIfAborted();
    const [stdout, stderr] = streams.map((s) => s.text()) as [string, string];
    return {
      exitCode: timedOut || outOfMemory ? null : exit.exitCode,
      timedOut,
      outOfMemory,
      ms,
      stdout,
      stderr,
      combined: Buffer.concat(combined).toString('utf8'),
    };
  } finally {
    clearTimeout(timer);
    clearInterval(memory);
    spec.signal.removeEventListener('abort', stop);
    held.dispose();
  }
}

const sampleMs = 250;
/**
 * Looks at what the processes of a gate hold, all together. Memory that several share counts once for each, so the limit
 * holds rather early than late; what one process takes between two looks is bounded by its own limit (`ulimit -d`).
 */
function watchMemory(held: { members(): { pid: number }[] }, limitBytes: number | null, exceeded: () => void): NodeJS.Timeout | undefined {
  if (limitBytes === null) return undefined;
  return setInterval(() => {
    if (residentBytes(held.members().map((p) => p.pid)) > limitBytes) exceeded();
  }, sampleMs);
}
function residentBytes(pids: number[]): number {
  let total = 0;
  for (const pid of pids) {
    try {
      total += Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * pageBytes;
    } catch {
      // it has ended
    }
  }
  return total;
}
const pageBytes = 4096;

/** Keeps the head and the tail of a stream: reports begin at one end and are summed up at the other. */
function collect(stream: NodeJS.ReadableStream | null): { text(): string; ended: Promise<unknown> } {
  const head: Buffer[] = [];
  const tail: Buffer[] = [];
  let headBytes = 0;
  let tailBytes = 0;
  stream?.on('data', (chunk: Buffer) => {
    if (headBytes < keptBytes / 2) {
      head.push(chunk);
      headBytes += chunk.length;
      return;
    }
    tail.push(chunk);
    tailBytes += chunk.length;
    while (tailBytes > keptBytes / 2 && tail.length > 1) tailBytes -= (tail.shift() as Buffer).length;
  });
  // A pipe may stay open in a process that nobody can end; the run is over all the same.
  const ended = Promise.race([
    new Promise((resolve) => (stream ? stream.once('close', resolve) : resolve(null))),
    new Promise((resolve) => setTimeout(resolve, 120_000).unref()),
  ]);
  return { ended, text: () => Buffer.concat([...head, ...tail]).toString('utf8') };
}

/** An allow-list: no token, no address of the supervisor, nothing of the operator's shell reaches a gate. */
function environmentOf(spec: SandboxSpec, id: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
    LANG: process.env.LANG ?? 'C.UTF-8',
    HOME: spec.home,
    TMPDIR: spec.tmp,
    TZ: 'UTC',
    // Test runners then write no snapshots and ask no questions.
    CI: 'true',
    NO_COLOR: '1',
    ...(spec.coverage === null
      ? {}
      : { NODE_V8_COVERAGE: spec.coverage, NODE_OPTIONS: `--require ${JSON.stringify(join(spec.coverage, preloadName))}` }),
    npm_config_update_notifier: 'false',
    // The tree has no .git; tools must not take the one of a folder above for its own.
    GIT_CEILING_DIRECTORIES: dirname(spec.tree),
    ...(spec.level === 'process-group' ? { [containmentMarker]: id } : {}),
    // By this the clean-up after a runner that was killed finds the gates that it left.
    ...(process.env[runnerMarker] ? { [runnerMarker]: process.env[runnerMarker] } : {}),
  };
}

/** No core dumps, no file above 2 GiB (in blocks of 512 bytes), no process with twice what all may have together. */
const limitsOf = ({ memoryLimitBytes }: SandboxSpec): string =>
  `ulimit -c 0; ulimit -f 4194304;${memoryLimitBytes === null ? '' : ` ulimit -d ${Math.ceil((2 * memoryLimitBytes) / 1024)};`}`;

function commandLine(spec: SandboxSpec): { file: string; args: string[] } {
  const shell = ['/bin/sh', '-c', `${limitsOf(spec)} exec /bin/sh -c "$1"`, 'gate', spec.command];
  switch (spec.level) {
    case 'bubblewrap':
      return { file: 'bwrap', args: [...bubblewrapBase, ...mountsOf(spec), '--chdir', spec.tree, '--', ...shell] };
    case 'namespaces':
      return { file: 'unshare', args: [...unshareArgs(), '/bin/sh', '-c', namespaceInit, 'init', ...shell] };
    case 'process-group':
      return { file: shell[0] as string, args: shell.slice(1) };
  }
}

const bubblewrapBase = [
  '--die-with-parent',
  '--unshare-all',
  '--new-session',
  '--cap-drop',
  'ALL',
  '--ro-bind',
  '/',
  '/',
  '--dev',
  '/dev',
  '--proc',
  '/proc',
];
// Sockets of other services live in /run: they are reached by path, whatever the network namespace.
const alwaysHidden = ['/tmp', '/var/tmp', '/run'];

function mountsOf(spec: SandboxSpec): string[] {
  const hidden = [...alwaysHidden, homedir(), ...spec.hide].filter((path) => path !== '/' && existsSync(path));
  const mounts = new Map<string, string[]>();
  for (const path of hidden) mounts.set(realpathSync(path), ['--tmpfs']);
  const isHidden = (path: string) => [...mounts.keys()].some((root) => path === root || path.startsWith(`${root}/`));
  for (const path of [...spec.show, ...toolFolders()]) {
    if (!existsSync(path)) continue;
    const real = realpathSync(path);
    if (isHidden(real) && !mounts.has(real)) mounts.set(real, ['--ro-bind', real]);
  }
  for (const path of [spec.tree, spec.home, spec.tmp, ...(spec.coverage === null ? [] : [spec.coverage])])
    mounts.set(realpathSync(path), ['--bind', realpathSync(path)]);
  // Outer folders first: what is mounted later shows through.
  const ordered = [...mounts].sort(([a], [b]) => a.split('/').length - b.split('/').length);
  return ordered.flatMap(([path, how]) => [...how, path]);
}

/** Where the tools of PATH and of this Node live, for version managers keep them in the home folder. */
function toolFolders(): string[] {
  const prefix = dirname(dirname(realpathSync(process.execPath)));
  return [
    ...(process.env.PATH ?? '').split(delimiter).filter((path) => path.startsWith('/')),
    join(prefix, 'bin'),
    join(prefix, 'lib', 'node_modules'),
  ];
}

const unshareArgs = (): string[] => [
  ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']),
  ...['--net', '--pid', '--fork', '--kill-child', '--mount-proc', '--'],
];
// A fresh network namespace has its loopback down, and tests listen there. Process 1 stays a shell: to others of its kind
// the kernel delivers no signal that they do not handle.
const namespaceInit = 'ip link set lo up 2>/dev/null; "$@" & wait $!; exit $?';

let probed: Promise<SandboxLevel> | undefined;
/** The strongest level that works here, found by using it, once. */
export function bestSandbox(): Promise<SandboxLevel> {
  probed ??= probe();
  return probed;
}
async function probe(): Promise<SandboxLevel> {
  if (process.platform !== 'linux') return 'process-group';
  if (await works('bwrap', [...bubblewrapBase, '--tmpfs', '/tmp', '--', '/bin/true'])) return 'bubblewrap';
  if (await works('unshare', [...unshareArgs(), '/bin/true'])) return 'namespaces';
  return 'process-group';
}
const works = (file: string, args: string[]): Promise<boolean> =>
  new Promise((resolve) => {
    execFile(file, args, { timeout: 5_000, env: { PATH: process.env.PATH } }, (error) => resolve(error === null));
  });
