export type DiffStat = { files: string[]; added: number; removed: number };

/** Files and lines of a unified diff as `git diff` prints it. */
export function diffStat(diff: string): DiffStat {
  const stat: DiffStat = { files: [], added: 0, removed: 0 };
  for (const line of diff.split('\n')) {
    const file = /^diff --git a\/(.*) b\/\1$/.exec(line);
    if (file?.[1]) stat.files.push(file[1]);
    else if (line.startsWith('+++') || line.startsWith('---')) continue;
    else if (line.startsWith('+')) stat.added++;
    else if (line.startsWith('-')) stat.removed++;
  }
  return stat;
}
