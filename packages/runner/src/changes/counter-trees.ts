import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { ChangedFile } from '@reeve/core/changes';
import { transform } from 'esbuild';
import { parseSync } from 'oxc-parser';
import { readFiles } from './candidate.ts';
import type { Clone } from './clone.ts';
import type { Git } from './git.ts';
import { isModulePath } from './module-graph.ts';
import { removeFolder } from './remove-folder.ts';

type Node = { type: string; start: number; end: number; [key: string]: unknown };
type Piece = { names: string[]; text: string; isImport: boolean };

/**
 * The candidate's text of a module with everything that the base declares as the base has it, so with new declarations
 * alone. A flag beside the untouched bug survives this; a repair does not. `null` where the two do not fit together.
 */
export function withoutRepair(path: string, base: string, candidate: string): string | null {
  const before = piecesOf(path, base);
  const after = piecesOf(path, candidate);
  if (!before || !after) return null;
  const known = new Set(before.flatMap((p) => p.names));
  const fresh = after.filter((p) => p.names.length > 0 && p.names.every((name) => !known.has(name)));
  const of = (isImport: boolean) => fresh.filter((p) => p.isImport === isImport).map((p) => p.text);
  const text = [...of(true), base, ...of(false)].join('\n');
  return piecesOf(path, text) ? text : null;
}

/** The top-level statements of a module with the names that each binds or exports. */
function piecesOf(path: string, text: string): Piece[] | null {
  const parsed = parseSync(path, text);
  if (parsed.errors.some((e) => e.severity === 'Error')) return null;
  return (parsed.program.body as unknown as Node[]).map((node) => ({
    names: namesOf(node),
    text: text.slice(node.start, node.end),
    isImport: node.type === 'ImportDeclaration',
  }));
}
function namesOf(node: Node): string[] {
  if (node.type === 'ExportDefaultDeclaration') return ['default'];
  const specifiers = (node.specifiers as Node[] | undefined) ?? [];
  const declared = (node.declaration as Node | null | undefined) ?? node;
  const items = declared.type === 'VariableDeclaration' ? (declared.declarations as Node[]) : [declared];
  const ids = items.map((item) => item.id as Node | null | undefined).filter((id) => id?.type === 'Identifier');
  const named = [...ids, ...specifiers.map((s) => (s.exported ?? s.local) as Node)];
  return named.map((id) => String(id?.name ?? id?.value ?? '')).filter(Boolean);
}

const loaders: Record<string, 'ts' | 'tsx' | 'js' | 'jsx'> = { '.ts': 'ts', '.mts': 'ts', '.cts': 'ts', '.tsx': 'tsx', '.jsx': 'jsx' };
/** The same program in other letters: no comments, no blanks, other local names. `null` where it does not parse. */
export async function rePrinted(path: string, text: string): Promise<string | null> {
  try {
    const printed = await transform(text, {
      loader: loaders[posix.extname(path)] ?? 'js',
      jsx: 'preserve',
      target: 'esnext',
      legalComments: 'none',
      minifyWhitespace: true,
      minifyIdentifiers: true,
      keepNames: true,
      tsconfigRaw: '{}',
      logLevel: 'silent',
    });
    return printed.code;
  } catch {
    return null;
  }
}

/** Files written over those of a tree; `null` takes one out. */
type Variant = ReadonlyMap<string, string | null>;

/** `tree` in several variants. Built on index files in `folder` alone, as candidates are. */
export async function treesWith(git: Git, clone: Clone, tree: string, variants: readonly Variant[], folder: string): Promise<string[]> {
  const { gitDir } = clone;
  const scratch = mkdtempSync(join(folder, 'variants-'));
  try {
    const texts = [...new Set(variants.flatMap((files) => [...files.values()]).filter((text) => text !== null))];
    const files = texts.map((text, i) => {
      const file = join(scratch, String(i));
      writeFileSync(file, text);
      return file;
    });
    const whole = join(scratch, 'index');
    const [hashed] = await Promise.all([
      git.run(['hash-object', '-w', '--no-filters', '--stdin-paths'], { gitDir, input: files.map((file) => `${file}\n`).join('') }),
      git.run(['read-tree', tree], { gitDir, env: { GIT_INDEX_FILE: whole } }),
    ]);
    const shas = new Map(hashed.text.split('\n').map((sha, i) => [texts[i], sha]));
    const treeOf = async (variant: Variant, i: number): Promise<string> => {
      const call = { gitDir, env: { GIT_INDEX_FILE: `${whole}-${i}` } };
      copyFileSync(whole, `${whole}-${i}`);
      const lines = [...variant].map(([path, text]) =>
        text === null ? `0 ${'0'.repeat(tree.length)}\t${path}\0` : `100644 ${shas.get(text)}\t${path}\0`,
      );
      await git.run(['update-index', '-z', '--index-info'], { ...call, input: lines.join('') });
      return git.line(['write-tree'], call);
    };
    return await Promise.all(variants.map(treeOf));
  } finally {
    removeFolder(scratch);
  }
}

/** The changed files as they would be without the repair, and the changed modules in another print. */
export async function counterFiles(
  git: Git,
  clone: Clone,
  trees: { base: string; candidate: string },
  fixFiles: readonly ChangedFile[],
): Promise<{ unrepaired: Map<string, string | null>; printed: Map<string, string> }> {
  const paths = fixFiles.map((f) => f.path);
  const [before, after] = await Promise.all([readFiles(git, clone, trees.base, paths), readFiles(git, clone, trees.candidate, paths)]);
  const unrepaired = new Map<string, string | null>();
  const printed = new Map<string, string>();
  for (const { path, status } of fixFiles) {
    const [old, now] = [before.get(path) ?? null, after.get(path) ?? null];
    const composed = old !== null && now !== null && isModulePath(path) ? withoutRepair(path, old, now) : null;
    // What is new stays: a marker that a test looks for is found, a module that only the repair uses does nothing.
    if (status !== 'added' && old !== null) unrepaired.set(path, composed ?? old);
    const other = now !== null && isModulePath(path) ? await rePrinted(path, now) : null;
    if (other !== null) printed.set(path, other);
  }
  return { unrepaired, printed };
}
