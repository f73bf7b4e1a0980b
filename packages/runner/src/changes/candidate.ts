import { rmSync } from 'node:fs';
import type { ChangedFile, Violation } from '@reeve/core/changes';
import type { Clone } from './clone.ts';
import { type Git, sha256 } from './git.ts';

/** The largest diff that a dossier shows; above it nobody can have read it. */
export const maxDiffChars = 2_000_000;

/**
 * The trees of `base` with patches laid over it, one after the other: the tree after each. Works on an index file alone: nothing is written to a file system, so
 * no path and no symbolic link can lead it anywhere.
 */
export async function applyPatches(
  git: Git,
  clone: Clone,
  base: string,
  patches: { name: string; text: string }[],
  indexFile: string,
): Promise<{ ok: true; trees: string[] } | { ok: false; violation: Violation }> {
  const call = { gitDir: clone.gitDir, env: { GIT_INDEX_FILE: indexFile } };
  rmSync(indexFile, { force: true });
  try {
    await git.run(['read-tree', base], call);
    const trees: string[] = [];
    for (const { name, text } of patches) {
      const input = text.endsWith('\n') ? text : `${text}\n`;
      const applied = await git.run(['apply', '--cached', '--whitespace=nowarn', '-'], { ...call, input, allow: [1, 128] });
      if (applied.code !== 0) {
        const said = applied.error.trim().slice(0, 1500);
        const detail = `The ${name} patch does not apply to ${base.slice(0, 10)}: ${said}. Make it against the tip of ${clone.operator.branch}.`;
        return { ok: false, violation: { rule: 'patch-does-not-apply', detail } };
      }
      trees.push(await git.line(['write-tree'], call));
    }
    return { ok: true, trees };
  } finally {
    rmSync(indexFile, { force: true });
  }
}

/** What really differs between two trees, by git's own account and not by what a patch said of itself. */
export async function changedFiles(git: Git, clone: Clone, from: string, to: string): Promise<ChangedFile[]> {
  const flags = ['-r', '--no-renames', '--no-abbrev', '--no-textconv', '--no-ext-diff'];
  const { gitDir } = clone;
  const [listed, added] = await Promise.all([
    git.run(['diff-tree', ...flags, '-z', '--raw', '--numstat', from, to], { gitDir }),
    addedLinesByPath(git, clone, from, to),
  ]);
  const entries = listed.text.split('\0');

  const files = new Map<string, ChangedFile>();
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i] ?? '';
    // First the raw entries, each followed by its path; then the counts, each with its path behind a tab.
    if (entry.startsWith(':')) {
      const [oldMode = '', newMode = '', , , letter = ''] = entry.slice(1).split(' ');
      const path = entries[++i] ?? '';
      const mode = (text: string) => (text === '000000' ? null : text);
      const status = letter === 'A' ? 'added' : letter === 'D' ? 'deleted' : 'modified';
      const addedLines = (added.get(path) ?? []).map((line) => line.text);
      files.set(path, { path, status, oldMode: mode(oldMode), newMode: mode(newMode), added: 0, removed: 0, binary: false, addedLines });
    } else {
      const [, plus = '', minus = '', path = ''] = /^(\d+|-)\t(\d+|-)\t(.*)$/s.exec(entry) ?? [];
      const file = files.get(path);
      if (file) Object.assign(file, { added: Number(plus) || 0, removed: Number(minus) || 0, binary: plus === '-' });
    }
  }
  return [...files.values()];
}

export type AddedLine = { number: number; text: string };
/** The lines that are new, with their numbers in the new file. Reads git's own output, whose hunks are as long as they say. */
export async function addedLinesByPath(git: Git, clone: Clone, from: string, to: string): Promise<Map<string, AddedLine[]>> {
  const flags = ['-r', '--no-renames', '--no-textconv', '--no-ext-diff', '-p', '--unified=0'];
  const diff = (await git.run(['diff-tree', ...flags, from, to], { gitDir: clone.gitDir })).text;
  const byPath = new Map<string, AddedLine[]>();
  let lines: AddedLine[] | null = null;
  let left = 0;
  let number = 0;
  for (const line of diff.split('\n')) {
    const hunk = left > 0 ? null : /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (hunk) {
      left = Number(hunk[1] ?? 1) + Number(hunk[3] ?? 1);
      number = Number(hunk[2]);
    } else if (left > 0 && (line[0] === '+' || line[0] === '-')) {
      left--;
      if (line[0] === '+') lines?.push({ number: number++, text: line.slice(1) });
    } else if (line.startsWith('+++ ')) {
      lines = [];
      // Git ends a path with blanks in it by a tab.
      byPath.set(line.slice(4).replace(/^b\//, '').replace(/\t$/, ''), lines);
    }
  }
  return byPath;
}

/** The diff that people see and approvals bind: full object names, no renames to hide behind, no driver to rewrite it. */
export async function canonicalDiff(git: Git, clone: Clone, base: string, candidate: string): Promise<{ text: string; hash: string }> {
  const flags = ['--no-textconv', '--no-ext-diff', '--no-renames', '--no-color', '--full-index', '--diff-algorithm=myers', '--unified=3'];
  const { out } = await git.run(['diff', ...flags, base, candidate, '--'], { gitDir: clone.gitDir });
  return { text: out.toString('utf8'), hash: sha256(out) };
}

/**
 * One commit on the base, test and fix together: what is approved is the very object that lands, and no commit of the
 * branch's history has failing tests.
 */
export async function commitCandidate(
  git: Git,
  clone: Clone,
  change: { changeId: string; agentId: string; title: string },
  base: string,
  tree: string,
): Promise<string> {
  const { gitDir } = clone;
  const message = `${oneLine(change.title)}\n\nReeve-Change: ${oneLine(change.changeId)}\nReeve-Agent: ${oneLine(change.agentId)}\n`;
  const env = { GIT_AUTHOR_NAME: `agent ${oneLine(change.agentId)}` };
  return git.line(['commit-tree', tree, '-p', base, '-F', '-'], { gitDir, env, input: message });
}

/** Text from outside in a commit message: one line, nothing that a terminal acts on, nothing that reads as a comment or trailer. */
export const oneLine = (text: string): string =>
  text
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, 300) || 'untitled';

/** The text of many files of a tree. Files above `maxBytes`, and those that are no text, come as `null`. */
export async function readFiles(
  git: Git,
  clone: Clone,
  tree: string,
  paths: readonly string[],
  maxBytes = 1_000_000,
): Promise<Map<string, string | null>> {
  if (paths.length === 0) return new Map();
  const files = await clone.trees.entries(tree, paths);
  const there = paths.filter((path) => files.has(path));
  const objects = await git.objects(
    clone.gitDir,
    there.map((path) => files.get(path)?.sha ?? ''),
  );
  const texts = new Map<string, string | null>(paths.map((path) => [path, null]));
  there.forEach((path, i) => {
    const file = objects[i];
    const isText = file?.type === 'blob' && file.bytes.length <= maxBytes && !file.bytes.includes(0);
    if (isText) texts.set(path, file.bytes.toString('utf8'));
  });
  return texts;
}
