'use client';
import { Check, Copy } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Button } from './button';
import { notifyFailure } from './toast';

/** Something that is shown only now: a link, a token. */
export function OneSecret({ text, children, testId }: { text: string; children: ReactNode; testId: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch (error) {
      notifyFailure(error, 'The browser did not let this page copy: select the text and copy it yourself');
    }
  };
  return (
    <div className="rounded-md border border-line-strong bg-sunken p-3">
      <p className="flex flex-wrap items-center gap-2">
        <code data-testid={testId} className="min-w-0 flex-1 select-all break-all font-mono text-xs">
          {text}
        </code>
        <Button size="sm" onClick={() => void copy()}>
          {copied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
          {copied ? 'Copied' : 'Copy'}
        </Button>
      </p>
      <p className="mt-2 text-ink-3 text-xs">{children}</p>
    </div>
  );
}
