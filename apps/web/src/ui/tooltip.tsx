'use client';
import { Tooltip as Tip } from 'radix-ui';
import type { ReactNode } from 'react';
import { KeyHint } from './key-hint';

export const TooltipProvider = ({ children }: { children: ReactNode }) => (
  <Tip.Provider delayDuration={350} skipDelayDuration={150}>
    {children}
  </Tip.Provider>
);

export function Tooltip({
  content,
  keys,
  side,
  children,
}: {
  content: ReactNode;
  keys?: string;
  side?: 'top' | 'right' | 'bottom' | 'left';
  children: ReactNode;
}) {
  return (
    <Tip.Root>
      <Tip.Trigger asChild>{children}</Tip.Trigger>
      <Tip.Portal>
        <Tip.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="pop-in z-50 flex max-w-72 items-center gap-2 rounded-md border border-line-strong bg-raised px-2 py-1 text-ink text-xs shadow-pop"
        >
          {content}
          {keys && <KeyHint keys={keys} />}
        </Tip.Content>
      </Tip.Portal>
    </Tip.Root>
  );
}
