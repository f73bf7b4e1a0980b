import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { git } from '../shell/git.ts';

/** The files of the sample repository as they stand in this one. */
const template = fileURLToPath(new URL('../../library', import.meta.url));

/**
 * Where a template file goes. Tests are kept under other names here, so that no other test runner of this workspace
 * takes them for its own.
 */
const places: { from: string; to: string; rename?: (name: string) => string }[] = [
  { from: 'src', to: 'src' },
  { from: 'checks', to: 'test', rename: (name) => name.replace(/\.ts$/, '.test.ts') },
  { from: 'reports', to: 'reports', rename: (name) => name.replace(/\.ts$/, '.test.ts') },
];
/** A dot file here would take effect here. */
const rootFiles: Record<string, string> = { gitignore: '.gitignore', 'layers.json': '.reeve/layers.json' };

const commits = [
  {
    files: ['package.json', 'tsconfig.json', 'run-tests.mjs', '.gitignore', 'README.md', '.reeve/layers.json'],
    subject: 'library: how it is built and tested',
  },
  {
    files: [
      'src/tools',
      ...['csv', 'dates', 'diff-stat', 'durations', 'json-pointer', 'lists', 'numbers', 'paths', 'tap-summary', 'text'].map(
        (tool) => `test/${tool}.test.ts`,
      ),
    ],
    subject: 'tools: ten small ones, each with its tests',
  },
  { files: ['src', 'test'], subject: 'agents: how tools are used, and who does what next' },
  { files: ['reports'], subject: 'reports: reproductions of what users reported' },
];

/**
 * Creates the sample repository unless it is there. It is built beside its place and moved in one step, so that a
 * crash never leaves half a repository that looks whole. Answers whether it was created.
 */
export async function createLibrary(path: string): Promise<boolean> {
  if (await exists(join(path, '.git'))) return false;
  await mkdir(dirname(path), { recursive: true });
  const draft = await mkdtemp(join(dirname(path), '.tool-library-'));
  try {
    // Temporary folders are private; the gates may run as somebody else.
    await chmod(draft, 0o755);
    await copyTemplate(draft);
    await git(draft, ['init', '--quiet', '--initial-branch=main']);
    for (const { files, subject } of commits) {
      await git(draft, ['add', '--', ...files]);
      await git(draft, ['commit', '--quiet', '-m', subject]);
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another start was faster; what it made is as good.
    if (await exists(join(path, '.git'))) return false;
    throw error;
  }
  return true;
}

async function copyTemplate(target: string): Promise<void> {
  // `cp` makes the folders that are missing.
  for (const entry of await readdir(template, { withFileTypes: true }))
    if (entry.isFile()) await cp(join(template, entry.name), join(target, rootFiles[entry.name] ?? entry.name));
  for (const place of places) {
    for (const entry of await readdir(join(template, place.from), { withFileTypes: true, recursive: true })) {
      if (!entry.isFile()) continue;
      const folder = join(target, place.to, entry.parentPath.slice(join(template, place.from).length));
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, place.rename?.(entry.name) ?? entry.name), await readFile(join(entry.parentPath, entry.name)));
    }
  }
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
