import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { pathsOf } from './candidate.ts';
import type { Clone } from './clone.ts';
import { type Git, GitError, safeName } from './git.ts';
import { lendNodeModules } from './node-modules.ts';

/**
 * The folder of one change, at one fixed path: outputs that name files, and caches keyed by path, compare between base
 * and candidate. Each gate gets a fresh checkout of a commit in it, so nothing that one gate left can sway the next.
 */
export class Workplace {
  readonly folder: string;
  readonly tree: string;
  readonly home: string;
  readonly tmp: string;
  readonly indexFile: string;

  constructor(changesDir: string, changeId: string) {
    this.folder = join(changesDir, 'work', safeName(changeId));
    this.tree = join(this.folder, 'tree');
    this.home = join(this.folder, 'home');
    this.tmp = join(this.folder, 'tmp');
    this.indexFile = join(this.folder, 'index');
  }

  /** Starts clean, also after a crash. */
  open(): void {
    this.close();
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(this.folder, marker), 'Scratch of the supervisor: removed when the change is verified.\n');
  }

  /** Removes the folder, if the supervisor made it; anything else in its place is somebody's work and stays. */
  close(): void {
    if (!existsSync(this.folder)) return;
    if (!existsSync(join(this.folder, marker))) throw new GitError(`${this.folder} was not made by the supervisor. Move it away.`);
    removeFolder(this.folder);
  }

  #packages: Promise<string[]> | undefined;
  /** Where manifests are. Asked once: they are protected, so every commit of a change has them in the same places. */
  #packageFolders(git: Git, clone: Clone, commit: string): Promise<string[]> {
    this.#packages ??= pathsOf(git, clone, commit).then((paths) =>
      paths
        .filter((path) => posix.basename(path) === 'package.json')
        .map((path) => posix.dirname(path))
        .slice(0, 500),
    );
    return this.#packages;
  }

  /** Lays out a commit or tree afresh. Answers the folders of dependencies that it links to. */
  async checkout(git: Git, clone: Clone, commit: string): Promise<string[]> {
    for (const path of [this.tree, this.home, this.tmp, join(this.folder, 'node_modules')]) removeFolder(path);
    for (const path of [this.tree, this.home, this.tmp]) mkdirSync(path, { mode: 0o700 });
    rmSync(this.indexFile, { force: true });
    const call = { gitDir: clone.gitDir, cwd: this.tree, env: { GIT_INDEX_FILE: this.indexFile, GIT_WORK_TREE: this.tree } };
    await git.run(['read-tree', commit], call);
    await git.run(['checkout-index', '--all', '--force', '--quiet'], call);
    rmSync(this.indexFile, { force: true });
    return lendNodeModules(this.tree, clone.operator.path, await this.#packageFolders(git, clone, commit));
  }
}

const marker = '.reeve-work';

function removeFolder(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // A test may have taken its own rights away; links are not followed.
    execFileSync('chmod', ['-R', 'u+rwX', '--', path], { stdio: 'ignore' });
    rmSync(path, { recursive: true, force: true });
  }
}
