import type { Git } from './git.ts';
import { GitError } from './git-error.ts';

/** What stands at a path of a tree: a file, a link (`120000`) or another repository (`160000`). */
export type TreeEntry = { mode: string; sha: string };
/** A path whose entry differs between two trees. */
export type Difference = { path: string; before: TreeEntry | null; after: TreeEntry | null };
type Node = { name: string; mode: string; sha: string };
/** By their names byte by byte, since names that are no UTF-8 may read alike. */
type Folder = ReadonlyMap<string, Node>;

const folder = '040000';
/** Folders nest so deep at the most; git itself has no such limit, and would end by another one. */
const maxDepth = 1_000;
/** A few folders that hold each other many times over are a tree that nobody can list. */
const maxPaths = 2_000_000;

/**
 * Trees as git has them, read through its open process. What is kept is kept under its own hash, and so cannot go stale;
 * what any other name stands for is asked for each time.
 */
export class Trees {
  readonly #folders = new Map<string, Folder>();
  readonly #roots = new Map<string, string>();

  constructor(
    private readonly git: Git,
    private readonly gitDir: string,
  ) {}

  /** The hash of the tree that a commit, ref or tree stands for now. */
  async rootOf(treeish: string): Promise<string> {
    const known = this.#roots.get(treeish);
    if (known) return known;
    const [tree] = await this.git.objects(this.gitDir, [`${treeish}^{tree}`]);
    if (!tree) throw new GitError(`${treeish} names no tree.`);
    this.#folders.set(tree.sha, parsed(tree.bytes, tree.sha.length / 2));
    // A whole hash names one object for ever, even where a ref goes by the same letters.
    if (isHash(treeish, tree.sha.length)) this.#roots.set(treeish, tree.sha);
    return tree.sha;
  }

  /** Every path of a commit or tree, in git's own order. */
  async paths(treeish: string): Promise<string[]> {
    const root = await this.rootOf(treeish);
    await this.#eachLevel([root], treeish, (shas) => shas.flatMap((sha) => [...this.#at(sha).values()].map(folderOf)));
    const paths: string[] = [];
    const add = (sha: string, prefix: string): void => {
      for (const node of this.#at(sha).values())
        if (node.mode === folder) add(node.sha, `${prefix}${node.name}/`);
        else paths.push(prefix + node.name);
      if (paths.length > maxPaths) throw new GitError(`${treeish} has more than ${maxPaths} files.`);
    };
    add(root, '');
    return paths;
  }

  /** What stands at each of the paths; those where nothing or a folder stands are left out. */
  async entries(treeish: string, paths: readonly string[]): Promise<Map<string, TreeEntry>> {
    const found = new Map<string, TreeEntry>();
    const root = await this.rootOf(treeish);
    let open = [...new Set(paths)].map((path) => ({ path, parts: path.split('/'), sha: root as string | null }));
    await this.#eachLevel([root], treeish, () => {
      for (const way of open) {
        const [name = '', ...rest] = way.parts;
        const node = this.#at(way.sha).get(Buffer.from(name).toString('latin1'));
        const entry = rest.length === 0 ? entryOf(node) : null;
        if (entry) found.set(way.path, entry);
        way.parts = rest;
        way.sha = rest.length > 0 ? folderOf(node) : null;
      }
      open = open.filter((way) => way.sha !== null);
      return open.map((way) => way.sha);
    });
    return found;
  }

  /** The paths that differ; folders with the same hash are not looked into. */
  async difference(from: string, to: string): Promise<Difference[]> {
    const differing: Difference[] = [];
    const [before, after] = [await this.rootOf(from), await this.rootOf(to)];
    type Pair = { prefix: string; before: string | null; after: string | null };
    let pairs: Pair[] = before === after ? [] : [{ prefix: '', before, after }];
    await this.#eachLevel([before, after], to, () => {
      pairs = pairs.flatMap(({ prefix, before, after }) => {
        const [old, now] = [this.#at(before), this.#at(after)];
        return [...new Set([...old.keys(), ...now.keys()])].flatMap((key) => {
          const [a, b] = [old.get(key), now.get(key)];
          if (a?.sha === b?.sha && a?.mode === b?.mode) return [];
          const path = prefix + ((a ?? b)?.name ?? '');
          const [oldEntry, newEntry] = [entryOf(a), entryOf(b)];
          if (oldEntry || newEntry) differing.push({ path, before: oldEntry, after: newEntry });
          const [oldFolder, newFolder] = [folderOf(a), folderOf(b)];
          return oldFolder === newFolder ? [] : [{ prefix: `${path}/`, before: oldFolder, after: newFolder }];
        });
      });
      return pairs.flatMap((pair) => [pair.before, pair.after]);
    });
    return differing.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** From `roots` down: reads the folders of a level all at once, and lets `next` say which come then. */
  async #eachLevel(roots: string[], treeish: string, next: (shas: string[]) => (string | null)[]): Promise<void> {
    let shas = [...new Set(roots)];
    for (let depth = 0; shas.length > 0; depth++) {
      if (depth > maxDepth) throw new GitError(`${treeish} has folders nested deeper than ${maxDepth}.`);
      const missing = shas.filter((sha) => !this.#folders.has(sha));
      const found = missing.length > 0 ? await this.git.objects(this.gitDir, missing) : [];
      missing.forEach((sha, i) => {
        const tree = found[i];
        if (tree?.type !== 'tree') throw new GitError(`The tree ${sha} is not there.`);
        this.#folders.set(sha, parsed(tree.bytes, sha.length / 2));
      });
      shas = [...new Set(next(shas))].filter((sha) => sha !== null);
    }
  }
  #at(sha: string | null): Folder {
    return (sha === null ? undefined : this.#folders.get(sha)) ?? new Map();
  }
}

const isHash = (text: string, length: number): boolean => text.length === length && /^[0-9a-f]+$/.test(text);
const folderOf = (node: Node | undefined): string | null => (node?.mode === folder ? node.sha : null);
const entryOf = (node: Node | undefined): TreeEntry | null => (node && node.mode !== folder ? { mode: node.mode, sha: node.sha } : null);

/** Git's own form of a tree: for each entry `<mode> <name>`, a zero and the bytes of the hash. */
function parsed(bytes: Buffer, hashBytes: number): Folder {
  const nodes = new Map<string, Node>();
  for (let at = 0; at < bytes.length; ) {
    const [space, zero] = [bytes.indexOf(32, at), bytes.indexOf(0, at)];
    nodes.set(bytes.toString('latin1', space + 1, zero), {
      name: bytes.toString('utf8', space + 1, zero),
      mode: modeOf(Number.parseInt(bytes.toString('latin1', at, space), 8)),
      sha: bytes.toString('hex', zero + 1, zero + 1 + hashBytes),
    });
    at = zero + 1 + hashBytes;
  }
  return nodes;
}

/** As git takes them, whatever else a tool has written there. */
function modeOf(bits: number): string {
  switch (bits & 0o170000) {
    case 0o100000:
      return bits & 0o100 ? '100755' : '100644';
    case 0o120000:
      return '120000';
    case 0o040000:
      return folder;
    default:
      return '160000';
  }
}
