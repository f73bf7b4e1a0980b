import type { ReactNode } from 'react';
import { type Mark, type Tone, toneSoft, toneText } from '@/vocabulary/state-marks';
import { cn } from './cn';
import { Glyph } from './glyph';

/** Glyph + word + tone. `soft` draws it as a pill; `iconOnly` keeps the word for screen readers. */
export function StateMark({
  mark,
  soft = false,
  iconOnly = false,
  size = 14,
  className,
}: {
  mark: Mark;
  soft?: boolean;
  iconOnly?: boolean;
  size?: number;
  className?: string;
}) {
  return (
    <span
      title={mark.meaning}
      className={cn(
        'inline-flex items-center gap-1.5 whitespace-nowrap align-middle font-medium text-xs',
        toneText[mark.tone],
        soft && ['h-5 rounded-full px-2', toneSoft[mark.tone]],
        className,
      )}
    >
      <Glyph name={mark.glyph} size={size} />
      <span className={iconOnly ? 'sr-only' : undefined}>{mark.word}</span>
    </span>
  );
}

/** A small label that is not a state: a model, a role, a layer. */
export function Badge({ tone = 'neutral', className, children }: { tone?: Tone; className?: string; children: ReactNode }) {
  return (
    <span
      className={cn(
        'inline-flex h-5 items-center gap-1 whitespace-nowrap rounded px-1.5 font-medium text-2xs',
        toneSoft[tone],
        tone === 'neutral' ? 'text-ink-2' : toneText[tone],
        className,
      )}
    >
      {children}
    </span>
  );
}
