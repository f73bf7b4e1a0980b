import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import type { Clone } from './clone.ts';
import type { Git, GitObject } from './git.ts';
import { type Imports, importsOf } from './module-graph.ts';

/** A file above it is generated; it counts as one that may load anything. */
const maxBytes = 1_000_000;
const maxKept = 20_000;
const kept = new Map<string, Imports>();

/**
 * What each module of a tree loads. Kept by the hash of its content and its ending, which is all that it depends on: the
 * fleet proposes many changes to one repository, and most files are in each of its commits.
 */
export async function importsIn(git: Git, clone: Clone, tree: string, paths: readonly string[]): Promise<Map<string, Imports>> {
  const files = await clone.trees.entries(tree, paths);
  const keyed = [...files].map(([path, { sha }]) => ({ path, sha, key: `${sha}${posix.extname(path)}` }));
  const modules = new Map<string, Imports>();
  for (const { path, key } of keyed) {
    const known = kept.get(key);
    if (!known) continue;
    modules.set(path, known);
    // The ones that were not asked for the longest go first.
    kept.delete(key);
    kept.set(key, known);
  }
  const unknown = keyed.filter(({ path }) => !modules.has(path));
  const objects = await git.objects(
    clone.gitDir,
    unknown.map(({ sha }) => sha),
  );
  for (const [i, { path, key }] of unknown.entries()) {
    const blob = objects[i];
    const imports = blob?.type === 'blob' ? readImports(path, blob.bytes) : unreadable;
    modules.set(path, imports);
    // Git does not look whether an object is what its name says; what is kept would stay wrong when the object is mended.
    if (blob && isGenuine(blob)) kept.set(key, imports);
    // Parsing is synchronous; the runner's heartbeats must get through meanwhile.
    if (i % 50 === 49) await new Promise((resolve) => setImmediate(resolve));
  }
  for (const oldest of kept.keys()) if (kept.size > maxKept) kept.delete(oldest);
  return new Map(paths.map((path) => [path, modules.get(path) ?? unreadable]));
}

const unreadable: Imports = { imports: [], opaque: true };
const readImports = (path: string, bytes: Buffer): Imports =>
  bytes.length <= maxBytes && !bytes.includes(0) ? importsOf(path, bytes.toString('utf8')) : unreadable;

function isGenuine({ sha, type, bytes }: GitObject): boolean {
  const hash = createHash(sha.length === 40 ? 'sha1' : 'sha256');
  return hash.update(`${type} ${bytes.length}\0`).update(bytes).digest('hex') === sha;
}
