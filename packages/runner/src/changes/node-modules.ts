import { existsSync, lstatSync, mkdirSync, readdirSync, realpathSync, symlinkSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';

/**
 * Lends a checkout the operator's installed dependencies: for each package a real `node_modules` folder with a link per
 * entry. Not one link for the whole folder, for two reasons seen: a workspace's own packages are linked from there, and
 * would lead back to the operator's sources instead of the candidate's; and tools write beside (`.vite-temp`), which
 * must not land with the operator. Answers the real folders that a sandbox has to show, and the folders of the tree that
 * were made for it.
 */
export function lendNodeModules(tree: string, operatorPath: string, packageFolders: readonly string[]): Lent {
  const shown = new Set<string>();
  const lent = new Set<string>();
  if (!existsSync(operatorPath)) return { shown: [], lent };
  const operator = realpathSync(operatorPath);
  for (const folder of new Set(['.', ...packageFolders])) {
    const from = join(operator, folder, 'node_modules');
    if (!isFolder(from) || !existsSync(join(tree, folder))) continue;
    linkEntries(realpathSync(from), join(tree, folder, 'node_modules'), { tree, operator, shown });
    lent.add(posix.join(folder, 'node_modules'));
  }
  // Node looks in the folders above too, and the operator's are not ours: the nearest stands in for all.
  for (let above = dirname(operator); above !== dirname(above); above = dirname(above)) {
    const from = join(above, 'node_modules');
    if (!isFolder(from)) continue;
    symlinkSync(realpathSync(from), join(dirname(tree), 'node_modules'));
    shown.add(realpathSync(from));
    break;
  }
  return { shown: [...shown], lent };
}

export type Lent = { shown: string[]; lent: ReadonlySet<string> };

type Where = { tree: string; operator: string; shown: Set<string> };
const leftOut = new Set(['.cache', '.vite', '.vite-temp', '.vitest']);

function linkEntries(from: string, to: string, where: Where): void {
  where.shown.add(from);
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (leftOut.has(entry.name) || existsSync(target)) continue;
    if (entry.name.startsWith('@') && entry.isDirectory()) linkEntries(source, target, where);
    else if (existsSync(source)) symlinkSync(targetOf(realpathSync(source), where), target);
  }
}

function targetOf(real: string, { tree, operator, shown }: Where): string {
  const inside = relative(operator, real);
  const isInstalled = real.split('/').includes('node_modules');
  if (!inside.startsWith('..') && !inside.split('/').includes('node_modules')) return join(tree, inside);
  if (isInstalled) shown.add(real.slice(0, real.indexOf('/node_modules') + '/node_modules'.length));
  else shown.add(real);
  return real;
}

const isFolder = (path: string): boolean => existsSync(path) && lstatSync(realpathSync(path)).isDirectory();
