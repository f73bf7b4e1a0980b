import { copyFileSync, existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clone } from './clone.ts';
import { discardTree } from './discarded-trees.ts';
import { type Git, type GitCall, GitError, safeName } from './git.ts';
import { isUntouched, type LaidTree, lookAgain, lookAt, settle, type Touched } from './laid-tree.ts';
import { lendNodeModules } from './node-modules.ts';
import { removeFolder } from './remove-folder.ts';

/**
 * The folder of one change, at one fixed path: outputs that name files, and caches keyed by path, compare between base
 * and candidate. Each gate finds a commit as git has it and nothing else, so nothing that one gate left can sway the next.
 */
export class Workplace {
  readonly folder: string;
  readonly tree: string;
  readonly home: string;
  readonly tmp: string;
  /** What V8 tells of a run of the tests; outside of the tree, and made anew as home and temporary folder are. */
  readonly coverage: string;
  readonly indexFile: string;

  constructor(
    private readonly changesDir: string,
    changeId: string,
  ) {
    this.folder = join(changesDir, 'work', safeName(changeId));
    this.tree = join(this.folder, 'tree');
    this.home = join(this.folder, 'home');
    this.tmp = join(this.folder, 'tmp');
    this.coverage = join(this.folder, 'coverage');
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
    const files = this.#laid?.seen.size ?? 0;
    this.#laid = undefined;
    if (!existsSync(this.folder)) return;
    if (!existsSync(join(this.folder, marker))) throw new GitError(`${this.folder} was not made by the supervisor. Move it away.`);
    if (files > 0) discardTree(this.changesDir, this.tree, files);
    removeFolder(this.folder);
  }

  #paths: Promise<string[]> | undefined;
  /** Where manifests are. Asked once: they are protected, so every commit of a change has them in the same places. */
  async #packageFolders(clone: Clone, commit: string): Promise<string[]> {
    this.#paths ??= clone.trees.paths(commit);
    return (await this.#paths)
      .filter((path) => posix.basename(path) === 'package.json')
      .map((path) => posix.dirname(path))
      .slice(0, 500);
  }
  /** The same for what stands in `node_modules`. */
  async #carriesPackages(clone: Clone, commit: string): Promise<boolean> {
    this.#paths ??= clone.trees.paths(commit);
    return (await this.#paths).some((path) => path.split('/').includes('node_modules'));
  }

  /** Files that every layout makes anew, changed or not: their age would else tell a test what was laid out before. */
  alwaysMade: readonly string[] = [];

  #laid: { commit: string; lent: ReadonlySet<string>; seen: LaidTree } | undefined;

  /**
   * Lays out a commit or tree. Answers the folders of dependencies that it links to.
   *
   * What the last gate left untouched to the last byte and time stamp is kept, and only what differs between the two
   * commits is written; as soon as anything was touched, all is laid out afresh, so that not even the pattern of what was
   * replaced tells the next gate anything. Not for the writing: some file systems (ext4) look past every inode that was
   * freed in the last minutes for each file that is made, which is most of a second for a thousand files.
   */
  async checkout(git: Git, clone: Clone, commit: string): Promise<string[]> {
    const kept = await this.#untouched();
    this.#laid = undefined;
    for (const path of [this.home, this.tmp, this.coverage, join(this.folder, 'node_modules')]) removeFolder(path);
    for (const path of [this.home, this.tmp, this.coverage]) mkdirSync(path, { mode: 0o700 });
    copyFileSync(preload, join(this.coverage, preloadName));
    const call = { gitDir: clone.gitDir, cwd: this.folder, env: { GIT_INDEX_FILE: this.indexFile, GIT_WORK_TREE: this.tree } };
    const touched = kept && (await this.#layDifference(git, clone, call, kept.commit, commit));
    if (!touched) {
      removeFolder(this.tree);
      mkdirSync(this.tree, { mode: 0o700 });
      await this.#write(git, { ...call, cwd: this.tree }, commit, null);
    }
    const { shown, lent } = lendNodeModules(this.tree, clone.operator.path, await this.#packageFolders(clone, commit));
    // Dependencies that the repository itself carries lie among those that are lent; the two are not told apart.
    if (await this.#carriesPackages(clone, commit)) return shown;
    const seen = touched ? lookAgain(this.tree, kept.seen, { ...touched, lent: [...kept.lent, ...lent] }) : await lookAt(this.tree, lent);
    await settle(seen, this.folder);
    this.#laid = { commit, lent, seen };
    return shown;
  }

  /** What was laid out last, if nothing has happened to it since; without the lent dependencies, which are lent anew. */
  async #untouched(): Promise<{ commit: string; lent: ReadonlySet<string>; seen: LaidTree } | null> {
    if (!this.#laid) return null;
    const { commit, lent, seen } = this.#laid;
    try {
      if (!isUntouched(seen, await lookAt(this.tree, lent))) return null;
    } catch {
      // Made unreadable, or taken away.
      return null;
    }
    for (const folder of lent) removeFolder(join(this.tree, folder));
    return { commit, lent, seen };
  }

  /** Writes what differs between two commits; answers what was touched, or `null`, with nothing done, where attributes could change other files too. */
  async #layDifference(git: Git, clone: Clone, call: GitCall, from: string, to: string): Promise<Omit<Touched, 'lent'> | null> {
    const differing = await clone.trees.difference(from, to);
    const written = [...(await clone.trees.entries(to, this.alwaysMade)).keys()];
    // Untouched, so what lies in the tree is what git has there.
    const gone = [...(await clone.trees.entries(from, this.alwaysMade)).keys()];
    for (const { path, before, after } of differing) {
      if (before?.mode === gitlink || after?.mode === gitlink || posix.basename(path) === '.gitattributes' || path.includes('\ufffd'))
        return null;
      if (before) gone.push(path);
      if (after) written.push(path);
    }
    // In one order whatever the difference was, so that neither names nor numbers of inodes tell.
    for (const path of [...new Set(gone)].sort()) {
      rmSync(join(this.tree, path));
      removeEmptyFolders(this.tree, posix.dirname(path));
    }
    await this.#write(git, { ...call, cwd: this.tree }, to, [...new Set(written)].sort());
    return { gone, written };
  }

  async #write(git: Git, call: GitCall, commit: string, paths: string[] | null): Promise<void> {
    rmSync(this.indexFile, { force: true });
    if (paths === null) {
      await git.run(['read-tree', commit], call);
      await git.run(['checkout-index', '--all', '--force', '--quiet'], call);
    } else if (paths.length > 0) {
      const env = { ...call.env, GIT_LITERAL_PATHSPECS: '1' };
      const input = paths.map((path) => `${path}\0`).join('');
      await git.run(['checkout', '--quiet', commit, '--pathspec-from-file=-', '--pathspec-file-nul'], { ...call, env, input });
    }
    rmSync(this.indexFile, { force: true });
  }
}

/** Read into every Node process of a test gate. */
export const preloadName = 'coverage-preload.cjs';
const preload = fileURLToPath(new URL(preloadName, import.meta.url));

const gitlink = '160000';

/** As git has none of its own, a folder is there for its files only. */
function removeEmptyFolders(tree: string, folder: string): void {
  for (let at = folder; at !== '.' && readdirSync(join(tree, at)).length === 0; at = posix.dirname(at)) rmdirSync(join(tree, at));
}

const marker = '.reeve-work';
