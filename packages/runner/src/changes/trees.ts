import type { Git } from './git.ts';
import { GitError } from './git-error.ts';

/** What stands at a path of a tree: a file, a link (`120000`) or another repository (`160000`). */
export type TreeEntry = { mode: string; sha: string };
/** A path whose entry differs between two trees. */
export type Difference = { path: string; before: TreeEntry | null; after: TreeEntry | null };
/** `key`: the name byte by byte, since names that are no UTF-8 may read alike. */
type Node = { key: string; name: string; mode: string; sha: string };

const folder = '040000';
/** Folders nest so deep at the most; git itself has no such limit, and would end by another one. */
const maxDepth = 1_000;

/**
 * Trees as git has them, read through one open process. What is kept is kept under its own hash, and so cannot go stale;
 * what a name stands for is asked for each time.
 */
export class Trees {
  readonly #nodes = new Map<string, Node[]>();

  constructor(
    private readonly git: Git,
    private readonly gitDir: string,
  ) {}

  /** Every path of a commit or tree, in git's own order. */
  async files(treeish: string): Promise<Map<string, TreeEntry>> {
    const root = await this.rootOf(treeish);
    for (let near = [root], depth = 0; near.length > 0; depth++) {
      if (depth > maxDepth) throw new GitError(`${treeish} has folders nested deeper than ${maxDepth}.`);
      await this.#load(near);
      near = near.flatMap((sha) => this.#children(sha)).flatMap((node) => (node.mode === folder ? [node.sha] : []));
    }
    const files = new Map<string, TreeEntry>();
    const add = (sha: string, prefix: string): void => {
      for (const node of this.#children(sha))
        if (node.mode === folder) add(node.sha, `${prefix}${node.name}/`);
        else files.set(prefix + node.name, { mode: node.mode, sha: node.sha });
    };
    add(root, '');
    return files;
  }

  /** The paths that differ; folders with the same hash are not looked into. */
  async difference(from: string, to: string): Promise<Difference[]> {
    const differing: Difference[] = [];
    const [before, after] = await Promise.all([this.rootOf(from), this.rootOf(to)]);
    type Pair = { prefix: string; before: string | null; after: string | null };
    let pairs: Pair[] = before === after ? [] : [{ prefix: '', before, after }];
    for (let depth = 0; pairs.length > 0; depth++) {
      if (depth > maxDepth) throw new GitError(`${to} has folders nested deeper than ${maxDepth}.`);
      await this.#load(pairs.flatMap((pair) => [pair.before, pair.after]).filter((sha) => sha !== null));
      const deeper: Pair[] = [];
      for (const { prefix, before, after } of pairs) {
        const old = new Map(this.#children(before).map((node) => [node.key, node]));
        const now = new Map(this.#children(after).map((node) => [node.key, node]));
        for (const key of new Set([...old.keys(), ...now.keys()])) {
          const [a, b] = [old.get(key), now.get(key)];
          if (a?.sha === b?.sha && a?.mode === b?.mode) continue;
          const name = (a ?? b)?.name ?? '';
          const [oldFolder, newFolder] = [folderOf(a), folderOf(b)];
          if (oldFolder !== newFolder) deeper.push({ prefix: `${prefix}${name}/`, before: oldFolder, after: newFolder });
          const [oldEntry, newEntry] = [entryOf(a), entryOf(b)];
          if (oldEntry || newEntry) differing.push({ path: prefix + name, before: oldEntry, after: newEntry });
        }
      }
      pairs = deeper;
    }
    return differing.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** The hash of the tree that a commit, ref or tree stands for now. */
  async rootOf(treeish: string): Promise<string> {
    const [tree] = await this.git.objects(this.gitDir, [`${treeish}^{tree}`]);
    if (!tree) throw new GitError(`${treeish} names no tree.`);
    this.#nodes.set(tree.sha, parsed(tree.bytes, tree.sha.length / 2));
    return tree.sha;
  }
  async #load(shas: readonly string[]): Promise<void> {
    const missing = [...new Set(shas)].filter((sha) => !this.#nodes.has(sha));
    const found = await this.git.objects(this.gitDir, missing);
    missing.forEach((sha, i) => {
      const tree = found[i];
      if (tree?.type !== 'tree') throw new GitError(`The tree ${sha} is not there.`);
      this.#nodes.set(sha, parsed(tree.bytes, sha.length / 2));
    });
  }
  #children(sha: string | null): Node[] {
    return sha === null ? [] : (this.#nodes.get(sha) ?? []);
  }
}

const folderOf = (node: Node | undefined): string | null => (node?.mode === folder ? node.sha : null);
const entryOf = (node: Node | undefined): TreeEntry | null => (node && node.mode !== folder ? { mode: node.mode, sha: node.sha } : null);

/** Git's own form of a tree: for each entry `<mode> <name>`, a zero and the bytes of the hash. */
function parsed(bytes: Buffer, hashBytes: number): Node[] {
  const nodes: Node[] = [];
  for (let at = 0; at < bytes.length; ) {
    const [space, zero] = [bytes.indexOf(32, at), bytes.indexOf(0, at)];
    nodes.push({
      key: bytes.toString('latin1', space + 1, zero),
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
