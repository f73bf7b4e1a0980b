'use client';
import { DropdownMenu as M } from 'radix-ui';
import type { ReactNode } from 'react';
import { cn } from './cn';
import { KeyHint } from './key-hint';

export type MenuItem = {
  label: ReactNode;
  icon?: ReactNode;
  keys?: string;
  onSelect(): void;
  danger?: boolean;
  /** Disabled, and why. */
  why?: string | null | false;
  checked?: boolean;
};
export function Menu({
  trigger,
  items,
  label,
  align = 'end',
}: {
  trigger: ReactNode;
  items: (MenuItem | 'line')[];
  label: string;
  align?: 'start' | 'end';
}) {
  return (
    <M.Root>
      <M.Trigger asChild>{trigger}</M.Trigger>
      <M.Portal>
        <M.Content
          align={align}
          sideOffset={4}
          collisionPadding={8}
          aria-label={label}
          className="pop-in z-50 min-w-48 rounded-lg border border-line-strong bg-raised p-1 text-sm shadow-pop"
        >
          {items.map((item, i) =>
            item === 'line' ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: a fixed list
              <M.Separator key={i} className="my-1 h-px bg-line" />
            ) : (
              <M.Item
                // biome-ignore lint/suspicious/noArrayIndexKey: a fixed list
                key={i}
                disabled={Boolean(item.why)}
                onSelect={item.onSelect}
                className={cn(
                  'flex min-h-8 cursor-pointer select-none items-center gap-2 rounded px-2 outline-none data-[disabled]:cursor-not-allowed data-[highlighted]:bg-hover',
                  item.danger && 'text-danger',
                )}
              >
                {item.icon && <span className="text-ink-3 [&_svg]:size-4">{item.icon}</span>}
                <span className={cn('flex-1 py-1', item.why && 'text-ink-3')}>
                  {item.label}
                  {item.why && <span className="block max-w-80 text-xs">{item.why}</span>}
                </span>
                {item.checked && <span className="text-accent">✓</span>}
                {item.keys && <KeyHint keys={item.keys} />}
              </M.Item>
            ),
          )}
        </M.Content>
      </M.Portal>
    </M.Root>
  );
}
