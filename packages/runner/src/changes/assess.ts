import { posix } from 'node:path';
import { type BlastRadiusInput, blastRadiusOf, type ChangedFile, isTestPath, layerOf, sharedLiterals } from '@reeve/core/changes';
import type { BlastRadius, RepositoryRef } from '@reeve/core/vocabulary';
import { readFiles } from './candidate.ts';
import type { Clone } from './clone.ts';
import type { Git } from './git.ts';
import { importsIn } from './known-imports.ts';
import { compareExports, exportsOf, graphOf, isModulePath, reachOf } from './module-graph.ts';

/** Above this the graph is not built: everything counts as depending on the change, and the reasons say so. */
const maxModules = 5_000;

/** Measures the blast radius on the actual diff between two trees (I-SELF-2). */
export async function assess(
  git: Git,
  clone: Clone,
  repository: RepositoryRef,
  trees: { base: string; candidate: string },
  { testFiles, fixFiles }: { testFiles: readonly ChangedFile[]; fixFiles: readonly ChangedFile[] },
): Promise<BlastRadius> {
  const files = [...testFiles, ...fixFiles];
  const paths = await clone.trees.paths(trees.candidate);
  const sources = files.filter((f) => !isTestPath(f.path));
  const modulePaths = paths.filter(isModulePath);
  const tooMany = modulePaths.length > maxModules;
  const input: BlastRadiusInput = {
    files: files.map(({ path, status, added, removed }) => ({ path, status, added, removed, layer: layerOf(path, repository.layers) })),
    dependents: [],
    totalFiles: modulePaths.filter((path) => !isTestPath(path)).length,
    apiChanged: await apiChangeOf(git, clone, trees, sources),
    weakened: tooMany ? [`more than ${maxModules} modules: dependents were not searched, all count`] : [],
    coverage: null,
    hints: sharedLiterals(testFiles, fixFiles),
  };
  const changed = new Set(sources.map((f) => f.path));
  let graph: BlastRadius['graph'];
  if (tooMany) input.dependents = modulePaths.filter((path) => !changed.has(path) && !isTestPath(path));
  else {
    const modules = await importsIn(git, clone, trees.candidate, modulePaths);
    for (const path of changed) if (isModulePath(path) && !modules.has(path)) modules.set(path, { imports: [], opaque: false });
    const packages = await packagesOf(git, clone, trees.candidate, paths);
    // Tests depend on what they test by design; the radius is about the program.
    const reach = reachOf(changed, modules, packages);
    const isOfProgram = (path: string): boolean => !isTestPath(path);
    input.dependents = [...reach.steps.keys()].filter((path) => !changed.has(path) && isOfProgram(path));
    graph = graphOf(reach, (path) => layerOf(path, repository.layers), isOfProgram);
  }
  return { ...blastRadiusOf(input), ...(graph ? { graph } : {}) };
}

async function apiChangeOf(
  git: Git,
  clone: Clone,
  trees: { base: string; candidate: string },
  sources: ChangedFile[],
): Promise<BlastRadiusInput['apiChanged']> {
  const paths = sources.map((f) => f.path).filter(isModulePath);
  if (paths.length === 0) return 'none';
  const [before, after] = await Promise.all([readFiles(git, clone, trees.base, paths), readFiles(git, clone, trees.candidate, paths)]);
  const kinds = paths.map((path) => {
    const old = before.get(path);
    const now = after.get(path);
    return compareExports(old ? exportsOf(path, old) : new Map(), now ? exportsOf(path, now) : new Map());
  });
  return kinds.includes('changed') ? 'changed' : kinds.includes('added') ? 'added' : 'none';
}

/** The workspace's own package names with their folders. */
async function packagesOf(git: Git, clone: Clone, tree: string, paths: readonly string[]): Promise<Map<string, string>> {
  const manifests = paths.filter((path) => posix.basename(path) === 'package.json').slice(0, 500);
  const packages = new Map<string, string>();
  for (const [path, text] of await readFiles(git, clone, tree, manifests)) {
    const name = nameIn(text);
    if (name) packages.set(name, posix.dirname(path));
  }
  return packages;
}
function nameIn(manifest: string | null): string | null {
  try {
    const parsed: unknown = JSON.parse(manifest ?? '');
    const name = parsed && typeof parsed === 'object' && 'name' in parsed ? parsed.name : null;
    return typeof name === 'string' ? name : null;
  } catch {
    return null;
  }
}
