'use client';
import { useSyncExternalStore } from 'react';
import { cn } from './cn';

const noSubscription = () => () => {};
/** Whether `mod` is ⌘ here. */
export const useIsMac = (): boolean =>
  useSyncExternalStore(
    noSubscription,
    () => /mac|iphone|ipad/i.test(navigator.platform),
    () => false,
  );

const symbols: Record<string, string> = { Enter: '↵', Esc: 'Esc', Up: '↑', Down: '↓', Left: '←', Right: '→', Space: 'Space' };

/** `"mod+K"`, `"g a"`: keys of one stroke joined by +, strokes by a space. */
export function KeyHint({ keys, className }: { keys: string; className?: string }) {
  const mac = useIsMac();
  const name = (key: string) => (key === 'mod' ? (mac ? '⌘' : 'Ctrl') : (symbols[key] ?? key));
  return (
    <kbd className={cn('hidden shrink-0 items-center gap-0.5 font-sans sm:inline-flex', className)}>
      {keys.split(' ').map((stroke, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: strokes of a fixed text
        <span key={i} className="inline-flex gap-0.5">
          {(stroke === '+' ? ['+'] : stroke.split('+')).map((key) => (
            <span
              key={key}
              className="inline-flex h-[18px] min-w-[18px] items-center justify-center rounded border border-line-strong bg-sunken px-1 font-medium text-2xs text-ink-2"
            >
              {name(key)}
            </span>
          ))}
        </span>
      ))}
    </kbd>
  );
}
