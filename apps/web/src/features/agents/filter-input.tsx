'use client';
import { useEffect, useRef, useState } from 'react';
import { Input } from '@/ui/field';
import { KeyHint } from '@/ui/key-hint';
import { useKey } from '@/ui/keys';

/** `/` leads here. What is typed stays here until a pause: the URL is too slow an echo for somebody who types. */
export function FilterInput({ text, onText, className }: { text: string; onText(text: string): void; className?: string }) {
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(text);
  const sent = useRef(text);
  const tell = useRef(onText);
  tell.current = onText;
  useKey('/', () => input.current?.focus());
  // from elsewhere: a link, a state's button, "show all"
  useEffect(() => {
    if (text === sent.current) return;
    sent.current = text;
    setTyped(text);
  }, [text]);
  useEffect(() => {
    if (typed === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = typed;
      tell.current(typed);
    }, 150);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <span className={`relative ${className ?? ''}`}>
      <Input
        ref={input}
        type="search"
        aria-label="Filter agents"
        placeholder="Filter: name, role:coder, state:lost"
        className="pr-8 sm:w-60"
        value={typed}
        onChange={(e) => setTyped(e.target.value)}
        onKeyDown={(e) => {
          if (e.key !== 'Escape') return;
          e.preventDefault();
          if (typed) setTyped('');
          else e.currentTarget.blur();
        }}
      />
      {!typed && <KeyHint keys="/" className="pointer-events-none absolute top-1/2 right-2 -translate-y-1/2" />}
    </span>
  );
}
