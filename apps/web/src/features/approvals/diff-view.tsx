'use client';
import { useMemo, useState } from 'react';
import { Button } from '@/ui/button';
import { Segmented } from '@/ui/tabs';
import { useMedia } from '@/ui/use-media';
import { plural } from '@/vocabulary/format';
import { DiffFileView, type DiffMode } from './diff-file';
import { hasHidden } from './hidden-characters';
import { type DiffFile, parseDiff, pathOfFile } from './parse-diff';

/** So many lines are open at first; what comes after is one press away. */
const openLines = 1500;

function firstOpen(files: readonly DiffFile[]): Set<number> {
  const open = new Set<number>();
  let lines = 0;
  files.forEach((f, i) => {
    lines += f.added + f.removed;
    if (i === 0 || lines <= openLines) open.add(i);
  });
  return open;
}

/** A unified diff, file by file. Nothing in it is ever markup: every line is a text node. */
export function DiffView({
  diff,
  layers,
  tests,
  idle,
}: {
  diff: string;
  layers: ReadonlyMap<string, number | null>;
  tests: ReadonlySet<string>;
  /** By path: numbers of changed lines that can run and did not. */
  idle: ReadonlyMap<string, ReadonlySet<number>>;
}) {
  const files = useMemo(() => parseDiff(diff), [diff]);
  const wide = useMedia('(min-width: 1100px)');
  const [wanted, setMode] = useState<DiffMode>('unified');
  const mode = wide ? wanted : 'unified';
  const [open, setOpen] = useState<ReadonlySet<number>>(() => firstOpen(files));
  const hidden = useMemo(() => hasHidden(diff.replaceAll('\r\n', '\n')), [diff]);
  const added = files.reduce((n, f) => n + f.added, 0);
  const removed = files.reduce((n, f) => n + f.removed, 0);
  const toggle = (i: number) =>
    setOpen((old) => {
      const next = new Set(old);
      if (!next.delete(i)) next.add(i);
      return next;
    });
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <p className="text-ink-2 text-sm">
          {plural(files.length, 'file')} · <span className="text-success">{added} added</span> ·{' '}
          <span className="text-danger">{removed} removed</span>
        </p>
        <div className="ml-auto flex items-center gap-2">
          <Button size="sm" variant="ghost" onClick={() => setOpen(open.size < files.length ? new Set(files.keys()) : new Set())}>
            {open.size < files.length ? 'Open all' : 'Close all'}
          </Button>
          {wide && (
            <Segmented<DiffMode>
              label="How the diff is shown"
              value={mode}
              onChange={setMode}
              options={[
                { value: 'unified', label: 'Unified' },
                { value: 'split', label: 'Side by side' },
              ]}
            />
          )}
        </div>
      </div>
      {hidden && (
        <p role="alert" className="rounded-md bg-danger-soft px-3 py-2 text-danger text-sm">
          This diff holds characters that cannot be seen and change how a line is read. Each is shown by its code, in red.
        </p>
      )}
      {files.map((file, i) => (
        <DiffFileView
          // biome-ignore lint/suspicious/noArrayIndexKey: the files of one fixed text; a path may come twice
          key={i}
          file={file}
          mode={mode}
          open={open.has(i)}
          onToggle={() => toggle(i)}
          layer={layers.get(pathOfFile(file))}
          isTest={tests.has(pathOfFile(file))}
          idle={idle.get(pathOfFile(file))}
        />
      ))}
    </div>
  );
}
