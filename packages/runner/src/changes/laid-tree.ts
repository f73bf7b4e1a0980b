import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** What lies in a folder, entry by entry: everything that a process could have moved, and a digest of the content. */
export type LaidTree = ReadonlyMap<string, Mark>;
type Mark = { stat: string; content: string };

/**
 * Looks at every entry below `tree`, itself included, but not into the folders of `leftOut` (paths within it).
 *
 * The change time tells of whatever happens to an inode (content, times that were set back, mode, owner, links, extended
 * attributes, entries made and removed) and nobody can set it. Content is read all the same: `known` saves nothing but
 * the digest of what this very look would find unchanged, and is for the supervisor's own work alone, never after a gate.
 */
export async function lookAt(tree: string, leftOut: ReadonlySet<string>, known?: LaidTree): Promise<LaidTree> {
  const marks = new Map<string, Mark>();
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const names = readdirSync(join(tree, folder)).sort();
    marks.set(`${folder}/`, { stat: statOf(join(tree, folder)).text, content: '' });
    for (const name of names) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (leftOut.has(path)) continue;
      const { kind, text } = statOf(join(tree, path));
      if (kind === 'folder') folders.push(path);
      else {
        const before = known?.get(path);
        marks.set(path, { stat: text, content: before?.stat === text ? before.content : contentOf(join(tree, path), kind) });
      }
      // Reading is synchronous, which is fastest; the runner's heartbeats must get through meanwhile.
      if (marks.size % 200 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return marks;
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

type Kind = 'folder' | 'file' | 'link' | 'other';
function statOf(path: string): { kind: Kind; text: string } {
  const s = lstatSync(path, { bigint: true });
  const kind = s.isDirectory() ? 'folder' : s.isFile() ? 'file' : s.isSymbolicLink() ? 'link' : 'other';
  return { kind, text: [s.dev, s.ino, s.mode, s.nlink, s.uid, s.gid, s.size, s.mtimeNs, s.ctimeNs].join(' ') };
}

function contentOf(path: string, kind: Kind): string {
  // A pipe would be waited for; that it is there at all is enough to know.
  if (kind === 'other') return 'other';
  return kind === 'link' ? readlinkSync(path) : createHash('sha256').update(readFileSync(path)).digest('base64');
}
