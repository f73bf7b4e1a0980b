import { useContext } from 'react';
import { cn } from '@/ui/cn';
import type { Span } from './changed-span';
import { CommentOnLine } from './comment-place';
import { segmentsOf } from './hidden-characters';
import type { DiffRow, RowLine } from './side-by-side';

/** Of a line that does not wrap. */
export const rowPx = 20;

const tint = { added: 'bg-success-soft', removed: 'bg-danger-soft', context: '', note: '' } as const;
const strong = { added: 'bg-success/25', removed: 'bg-danger/25', context: '', note: '' } as const;
const sign = { added: '+', removed: '−', context: ' ', note: ' ' } as const;
const spoken = { added: 'added: ', removed: 'removed: ', context: '', note: '' } as const;

/** Text of a line: always text, never markup; what cannot be seen is shown by its code. */
function Text({ text }: { text: string }) {
  return segmentsOf(text).map((s, i) =>
    'code' in s ? (
      <span
        // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one fixed line
        key={i}
        title={`${s.name}: it cannot be seen, but it changes how the line is read`}
        className="mx-px rounded bg-danger px-1 text-2xs text-white dark:text-black"
      >
        {s.code}
      </span>
    ) : (
      s.text
    ),
  );
}

function Code({ line, wrap }: { line: RowLine; wrap: boolean }) {
  const { kind, text, span } = line;
  return (
    <code className={cn('min-w-0 flex-1 pr-4 font-mono text-xs leading-5', wrap ? 'whitespace-pre-wrap break-all' : 'whitespace-pre')}>
      <span className="sr-only">{spoken[kind]}</span>
      {span ? <Marked text={text} span={span} className={strong[kind]} /> : <Text text={text} />}
    </code>
  );
}
function Marked({ text, span: [from, to], className }: { text: string; span: Span; className: string }) {
  return (
    <>
      <Text text={text.slice(0, from)} />
      <span className={cn('rounded-xs', className)}>
        <Text text={text.slice(from, to)} />
      </span>
      <Text text={text.slice(to)} />
    </>
  );
}

const LineNumber = ({ n, className }: { n: number | null; className?: string }) => (
  <span
    aria-hidden
    className={cn('w-10 shrink-0 select-none pr-2 text-right font-mono text-2xs text-ink-3 leading-5 max-sm:w-8', className)}
  >
    {n ?? ''}
  </span>
);
/** Of the candidate: a press on it begins a comment there. The form below has a field for it, so it is no stop of the keyboard. */
function NewLineNumber({ n }: { n: number | null }) {
  const comment = useContext(CommentOnLine);
  if (n === null || !comment) return <LineNumber n={n} />;
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-label={`Comment on line ${n}`}
      title={`Comment on line ${n}`}
      onClick={() => comment(n)}
      className="w-10 shrink-0 cursor-pointer select-none pr-2 text-right font-mono text-2xs text-ink-3 leading-5 hover:bg-hover hover:text-ink max-sm:w-8"
    >
      {n}
    </button>
  );
}
const Sign = ({ kind }: { kind: RowLine['kind'] }) => (
  <span
    aria-hidden
    className={cn('w-4 shrink-0 select-none font-mono text-xs leading-5', kind === 'added' ? 'text-success' : 'text-danger')}
  >
    {sign[kind]}
  </span>
);

/** In the gutter of a changed line that can run and did not; its words are read before the line is. */
const Idle = () => (
  <span title="No test ran this line in full" className="-ml-1 flex w-3 shrink-0 justify-center pt-[0.4375rem]">
    <span aria-hidden className="size-1.5 rounded-full border border-attention" />
    <span className="sr-only">no test ran this line in full: </span>
  </span>
);
const isIdle = (line: RowLine, idle: ReadonlySet<number> | undefined): boolean =>
  line.kind === 'added' && line.newLine !== null && idle?.has(line.newLine) === true;

function Half({ line, side, idle }: { line: RowLine | null; side: 'left' | 'right'; idle?: ReadonlySet<number> }) {
  return (
    <div className={cn('flex w-1/2 min-w-0', side === 'right' && 'border-line border-l', line ? tint[line.kind] : 'bg-sunken')}>
      {line && (
        <>
          {side === 'left' ? <LineNumber n={line.oldLine} /> : <NewLineNumber n={line.newLine} />}
          {idle && (isIdle(line, idle) ? <Idle /> : <span className="-ml-1 w-3 shrink-0" />)}
          <Sign kind={line.kind} />
          <Code line={line} wrap />
        </>
      )}
    </div>
  );
}

/** `idle`: numbers of new lines that no test ran; with it each line has room for the mark. */
export function Row({ row, wrap, idle }: { row: DiffRow; wrap: boolean; idle?: ReadonlySet<number> }) {
  switch (row.kind) {
    case 'hunk':
      return (
        <div className="flex min-h-5 min-w-full items-center bg-active-soft px-3 font-mono text-2xs text-ink-2">
          <span className={wrap ? 'whitespace-pre-wrap break-all' : 'whitespace-pre'}>{row.text}</span>
        </div>
      );
    case 'note':
      return <div className="h-5 px-3 text-2xs text-ink-3 italic leading-5">{row.text}</div>;
    case 'line':
      return (
        <div className={cn('flex min-h-5 min-w-full', tint[row.line.kind])}>
          <LineNumber n={row.line.oldLine} className="max-sm:hidden" />
          <NewLineNumber n={row.line.newLine} />
          {idle && (isIdle(row.line, idle) ? <Idle /> : <span className="-ml-1 w-3 shrink-0" />)}
          <Sign kind={row.line.kind} />
          <Code line={row.line} wrap={wrap} />
        </div>
      );
    case 'pair':
      return (
        <div className="flex min-h-5 min-w-full">
          <Half line={row.left} side="left" />
          <Half line={row.right} side="right" idle={idle} />
        </div>
      );
  }
}
