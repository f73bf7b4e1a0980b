import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportedBugs } from '../src/answers/bugs.ts';
import { createLibrary, gateCommands, toolchain } from '../src/index.ts';
import { git } from '../src/shell/git.ts';
import { isGreen, runSuite } from '../src/work/suite.ts';

const exec = promisify(execFile);
let home: string;
let path: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'reeve library '));
  path = join(home, 'tool-library');
  await createLibrary(path);
});
afterAll(() => rm(home, { recursive: true, force: true }));

describe('the sample repository', () => {
  it('is a git repository of its own, with a history and a clean tree, made once', async () => {
    expect((await git(path, ['log', '--format=%s', 'main'])).trim().split('\n')).toHaveLength(4);
    expect(await git(path, ['status', '--porcelain'])).toBe('');
    expect(await createLibrary(path)).toBe(false);
  });

  it('passes its suite and type check as the gates run them: nothing but PATH, an empty home', async () => {
    const env = { PATH: process.env.PATH, LANG: 'C', HOME: home, TMPDIR: home };
    const gates = gateCommands();
    const { stdout } = await exec('sh', ['-c', gates.test], { cwd: path, env });
    expect(stdout).toMatch(/^# fail 0$/m);
    expect(stdout).toMatch(/^# pass 52$/m);
    await exec('sh', ['-c', gates.typecheck], { cwd: path, env });
  });

  it('fails where bugs were seeded, and nowhere else, by assertion', async () => {
    const run = await runSuite(path, toolchain(), ['reports']);
    expect(run.passed).toBe(0);
    expect(run.failures.every((f) => f.byAssertion)).toBe(true);
    expect(run.failed).toBe(reportedBugs.length);
    const reports = (await git(path, ['ls-files', 'reports'])).trim().split('\n');
    expect(reports).toEqual(reportedBugs.map((bug) => `reports/${bug.name}.test.ts`).sort());
    expect(isGreen(await runSuite(path, toolchain(), ['test/text.test.ts']))).toBe(true);
  });

  it('gives a layer to every source file', async () => {
    const layers = JSON.parse(await readFile(join(path, '.reeve', 'layers.json'), 'utf8')) as { pattern: string; layer: number }[];
    const layerOf = (file: string) => layers.find((rule) => file.startsWith(rule.pattern.replace('**', '')))?.layer;
    const files = (await git(path, ['ls-files', 'src'])).trim().split('\n');
    expect(new Set(files.map(layerOf))).toEqual(new Set([1, 2, 3, 4]));
    expect(files.filter((file) => layerOf(file) === 4)).toHaveLength(10);
  });
});
