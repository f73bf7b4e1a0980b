import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { foldersNamedBy } from './gates.ts';
import { bestSandbox, runInSandbox, type SandboxLevel, sandboxLevels } from './sandbox.ts';

const root = mkdtempSync(join(tmpdir(), 'reeve sandbox '));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let runs = 0;
async function gate(
  command: string,
  level: SandboxLevel,
  more: { timeLimitMs?: number; memoryLimitBytes?: number; hide?: string[]; show?: string[] } = {},
) {
  const folder = join(root, String(++runs));
  const [tree, home, tmp] = ['tree', 'home', 'tmp'].map((name) => join(folder, name)) as [string, string, string];
  for (const path of [tree, home, tmp]) mkdirSync(path, { recursive: true });
  const signal = new AbortController().signal;
  const run = await runInSandbox({
    command,
    tree,
    home,
    tmp,
    coverage: null,
    hide: [],
    show: [],
    timeLimitMs: 20_000,
    memoryLimitBytes: null,
    level,
    signal,
    ...more,
  });
  return { ...run, tree, home, tmp };
}
const best = await bestSandbox();
const usable = sandboxLevels.slice(sandboxLevels.indexOf(best));

describe.each(usable)('on the level %s', (level) => {
  test('a gate runs in its tree, with an environment of its own and no secret of ours', async () => {
    process.env.REEVE_TOKEN = 'rv_secret';
    process.env.GITHUB_TOKEN = 'gh_secret';
    try {
      const { stdout, exitCode, tree, home, tmp } = await gate('pwd; echo "$HOME"; echo "$TMPDIR"; env; exit 3', level);
      expect(exitCode).toBe(3);
      expect(stdout.split('\n').slice(0, 3)).toEqual([tree, home, tmp]);
      expect(stdout).not.toContain('secret');
      expect(stdout).toContain('CI=true');
    } finally {
      delete process.env.REEVE_TOKEN;
      delete process.env.GITHUB_TOKEN;
    }
  });

  test('nothing that a gate started is left, also not what left its session', async () => {
    const mark = `98${process.pid}${sandboxLevels.indexOf(level)}`;
    const run = await gate(`setsid sleep ${mark} & (setsid sh -c "sleep ${mark}" &) ; sleep 0.2; echo started`, level);
    expect(run.stdout).toContain('started');
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(`sleep ${mark}`);
  });

  test('a time limit ends it', async () => {
    const run = await gate('echo before; sleep 600', level, { timeLimitMs: 700 });
    expect(run).toMatchObject({ timedOut: true, exitCode: null });
    expect(run.stdout).toBe('before\n');
    expect(run.ms).toBeLessThan(15_000);
  });

  test('its memory limit ends it, for all its processes together, and for one at once', async () => {
    const memoryLimitBytes = 300 * 1024 ** 2;
    const holds = (mib: number) => `node -e "globalThis.a = Buffer.alloc(${mib} * 1048576, 1); setTimeout(() => {}, 15000)"`;
    const together = await gate(`for i in 1 2 3 4; do ${holds(120)} & done; wait`, level, { memoryLimitBytes });
    expect(together).toMatchObject({ exitCode: null, outOfMemory: true, timedOut: false });
    expect(together.ms).toBeLessThan(14_000);
    const alone = await gate(holds(2_000), level, { memoryLimitBytes });
    expect(alone.outOfMemory || alone.exitCode !== 0).toBe(true);
    expect(alone.ms).toBeLessThan(14_000);
    expect(await gate('node -e 1', level, { memoryLimitBytes })).toMatchObject({ exitCode: 0, outOfMemory: false });
  });
  test('a flood of output is kept at its two ends', async () => {
    const run = await gate('echo first; head -c 30000000 /dev/zero | tr "\\0" x; echo; echo last', level);
    expect(run.exitCode).toBe(0);
    expect(run.stdout.startsWith('first\n')).toBe(true);
    expect(run.stdout.endsWith('last\n')).toBe(true);
    expect(run.stdout.length).toBeLessThan(10_000_000);
  });
});

test.runIf(best !== 'process-group')('without a network where that can be denied, but with a loopback of its own', async () => {
  const server = createServer((socket) => socket.end('hello'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const connect = (to: string) =>
    `node -e "require('net').connect(${to},'127.0.0.1').on('data',()=>process.exit(7)).on('error',()=>process.exit(8))"`;
  const inside = `node -e "const s=require('net').createServer(c=>c.end('x')).listen(0,'127.0.0.1',()=>require('net').connect(s.address().port,'127.0.0.1').on('data',()=>process.exit(7)).on('error',()=>process.exit(8)))"`;
  try {
    for (const level of usable.filter((l) => l !== 'process-group')) {
      expect([level, (await gate(connect(String(port)), level)).exitCode]).toEqual([level, 8]);
      expect([level, (await gate(inside, level)).exitCode]).toEqual([level, 7]);
    }
    expect((await gate(connect(String(port)), 'process-group')).exitCode).toBe(7);
  } finally {
    server.close();
  }
});

test.runIf(best === 'bubblewrap')('bubblewrap hides what it should, shows what it must, and writes nowhere else', async () => {
  const secret = join(root, 'data dir');
  mkdirSync(join(secret, 'node_modules', 'dep'), { recursive: true });
  writeFileSync(join(secret, 'token'), 'rv_secret');
  writeFileSync(join(secret, 'node_modules', 'dep', 'index.js'), 'module.exports = 1');
  const hide = [secret];
  const show = [join(secret, 'node_modules')];
  expect((await gate(`cat '${secret}/token'`, 'bubblewrap', { hide, show })).exitCode).not.toBe(0);
  expect((await gate(`cat '${secret}/node_modules/dep/index.js'`, 'bubblewrap', { hide, show })).stdout).toBe('module.exports = 1');
  expect((await gate(`echo evil > '${secret}/node_modules/dep/index.js'`, 'bubblewrap', { hide, show })).exitCode).not.toBe(0);
  expect((await gate('touch /usr/evil || touch /etc/evil || touch /work/evil', 'bubblewrap')).exitCode).not.toBe(0);
  expect((await gate('ls /root /home 2>/dev/null; ls /run', 'bubblewrap')).stdout).not.toMatch(/\.(ssh|npm|cache)|docker/);
  const own = await gate(
    'echo mine > "$TMPDIR/x" && echo mine > "$HOME/x" && echo mine > here && echo t > /tmp/t && cat here',
    'bubblewrap',
  );
  expect(own.stdout).toBe('mine\n');
  expect(readFileSync(join(own.tree, 'here'), 'utf8')).toBe('mine\n');
});

test('absolute paths in a gate command are shown, packages with their whole folder', () => {
  expect(
    foldersNamedBy("'/opt/my node/bin/node' --import 'file:///home/me/my%20app/node_modules/.pnpm/tsx/dist/esm.mjs' --out=/opt/x run.mjs"),
  ).toEqual(['/opt/my node/bin/node', '/home/me/my app/node_modules', '/opt/x']);
});
