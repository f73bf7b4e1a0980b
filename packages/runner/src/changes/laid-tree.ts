import { hash } from 'node:crypto';
import { type BigIntStats, lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmdirSync } from 'node:fs';
import { join, posix } from 'node:path';

/** What lies in a folder, entry by entry: everything that a process could have moved, and a digest of the content. */
export type LaidTree = ReadonlyMap<string, Mark>;
type Mark = { stat: string; changedNs: bigint; content: string };

/**
 * Looks at every entry below `tree`, itself included, but not into the folders of `leftOut` (paths within it).
 *
 * The change time tells of whatever happens to an inode (content, times that were set back, mode, owner, links, extended
 * attributes, entries made and removed) and nobody can set it. Content is read all the same.
 */
export async function lookAt(tree: string, leftOut: ReadonlySet<string>): Promise<LaidTree> {
  const marks = new Map<string, Mark>();
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const names = readdirSync(join(tree, folder)).sort();
    marks.set(`${folder}/`, markOf(join(tree, folder), lstatSync(join(tree, folder), { bigint: true })));
    for (const name of names) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (leftOut.has(path)) continue;
      const stat = lstatSync(join(tree, path), { bigint: true });
      if (stat.isDirectory()) folders.push(path);
      else marks.set(path, markOf(join(tree, path), stat));
      // Reading is synchronous, which is fastest; the runner's heartbeats must get through meanwhile.
      if (marks.size % 200 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return marks;
}

/** What the supervisor did to a laid tree: files taken out and files written, and folders in whose place others were put. */
export type Touched = { gone: readonly string[]; written: readonly string[]; lent: readonly string[] };

/**
 * The look after the supervisor's own work on a tree: at what was written, and at the folders above all that was `touched`.
 * Everything else counts as it was seen `before`, so that what anybody else did to it meanwhile shows at the next look.
 */
export function lookAgain(tree: string, before: LaidTree, { gone, written, lent }: Touched): LaidTree {
  const marks = new Map(before);
  for (const path of gone) marks.delete(path);
  for (const path of new Set(written)) marks.set(path, markOf(join(tree, path), lstatSync(join(tree, path), { bigint: true })));
  const folders = new Set([...gone, ...written, ...lent].flatMap(foldersAbove));
  // From the root down, so that none is looked for behind what has become a file or a link.
  for (const folder of [...folders].sort()) {
    const isReached = folder === '' || marks.has(`${posix.dirname(folder).replace(/^\.$/, '')}/`);
    const stat = isReached ? lstatSync(join(tree, folder), { bigint: true, throwIfNoEntry: false }) : undefined;
    if (stat?.isDirectory()) marks.set(`${folder}/`, markOf(join(tree, folder), stat));
    else marks.delete(`${folder}/`);
  }
  return marks;
}
function foldersAbove(path: string): string[] {
  const parts = path.split('/');
  return parts.map((_, i) => parts.slice(0, i).join('/'));
}

/** Time stamps are as coarse as the kernel's tick, at the most so: */
const tickMs = 20;
/**
 * Waits until whatever is changed from now on has a later time stamp than all that was seen: until a folder made in
 * `scratch`, on the same file system, has one.
 */
export async function settle(seen: LaidTree, scratch: string): Promise<void> {
  const newestNs = [...seen.values()].reduce((newest, { changedNs }) => (changedNs > newest ? changedNs : newest), 0n);
  for (const startedMs = performance.now(); performance.now() - startedMs < tickMs; ) {
    const probe = mkdtempSync(join(scratch, 'now-'));
    const { ctimeNs } = lstatSync(probe, { bigint: true });
    rmdirSync(probe);
    if (ctimeNs > newestNs) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Whether two looks found the same, and so nothing was touched between them. */
export function isUntouched(before: LaidTree, after: LaidTree): boolean {
  if (before.size !== after.size) return false;
  for (const [path, mark] of before) {
    const now = after.get(path);
    if (now?.stat !== mark.stat || now.content !== mark.content) return false;
  }
  return true;
}

function markOf(path: string, s: BigIntStats): Mark {
  const stat = [s.dev, s.ino, s.mode, s.nlink, s.uid, s.gid, s.size, s.mtimeNs, s.ctimeNs].join(' ');
  return { stat, changedNs: s.ctimeNs, content: contentOf(path, s) };
}

function contentOf(path: string, stat: BigIntStats): string {
  if (stat.isDirectory()) return '';
  if (stat.isSymbolicLink()) return readlinkSync(path);
  // A pipe would be waited for; that it is there at all is enough to know.
  return stat.isFile() ? hash('sha256', readFileSync(path), 'base64') : 'other';
}
