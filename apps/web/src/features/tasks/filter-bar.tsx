'use client';
import { Search, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { cn } from '@/ui/cn';
import { Input, Select } from '@/ui/field';
import { KeyHint } from '@/ui/key-hint';
import { useKey } from '@/ui/keys';
import type { Board } from './group-board';
import { setBoardAgent, setBoardLabels, setBoardText } from './use-board';

const fewLabels = 10;

export function FilterText({ text }: { text: string }) {
  const input = useRef<HTMLInputElement>(null);
  const [value, setValue] = useState(text);
  // another link, or Back, may set it from outside
  useEffect(() => setValue((v) => (v.trim() === text ? v : text)), [text]);
  useKey('/', () => input.current?.focus());
  const set = (next: string) => {
    setValue(next);
    setBoardText(next.trim());
  };
  return (
    <div className="relative w-64 max-sm:w-full">
      <Search size={14} aria-hidden className="absolute top-1/2 left-2.5 -translate-y-1/2 text-ink-3" />
      <Input
        ref={input}
        aria-label="Filter tasks"
        placeholder="Title, label, holder, id"
        value={value}
        onChange={(e) => set(e.target.value)}
        onKeyDown={(e) => {
          if (e.key !== 'Escape') return;
          set('');
          input.current?.blur();
        }}
        className="pr-8 pl-8"
      />
      {!value && <KeyHint keys="/" className="absolute top-1/2 right-2 -translate-y-1/2" />}
    </div>
  );
}

export function AgentFilter({ agents, chosen }: { agents: Board['agents']; chosen: string | null | undefined }) {
  if (!agents.length && !chosen) return null;
  return (
    <Select aria-label="Agent" value={chosen ?? ''} onChange={(e) => setBoardAgent(e.target.value)} wrapClassName="w-36">
      <option value="">Any agent</option>
      {chosen && !agents.some((a) => a.id === chosen) && <option value={chosen}>{chosen}</option>}
      {agents.map((a) => (
        <option key={a.id} value={a.id}>
          {a.name} ({a.count})
        </option>
      ))}
    </Select>
  );
}

export function LabelFilter({ labels, chosen }: { labels: Board['labels']; chosen: readonly string[] }) {
  const [all, setAll] = useState(false);
  const missing = chosen.filter((c) => !labels.some((l) => l.label === c)).map((label) => ({ label, count: 0 }));
  const shown = all ? labels : labels.filter((l, i) => i < fewLabels || chosen.includes(l.label));
  if (!labels.length && !chosen.length) return null;
  const toggle = (label: string) => setBoardLabels(chosen.includes(label) ? chosen.filter((c) => c !== label) : [...chosen, label]);
  return (
    <fieldset className="flex items-center gap-1.5 overflow-x-auto py-0.5 sm:flex-wrap">
      <legend className="sr-only">Only tasks with these labels</legend>
      {[...missing, ...shown].map(({ label, count }) => {
        const on = chosen.includes(label);
        return (
          <button
            key={label}
            type="button"
            aria-pressed={on}
            onClick={() => toggle(label)}
            className={cn(
              'inline-flex h-6 shrink-0 items-center gap-1 rounded-full border px-2.5 text-xs',
              on ? 'border-accent bg-accent-soft text-ink' : 'border-line text-ink-2 hover:border-line-strong hover:text-ink',
            )}
          >
            {label} <span className="text-ink-3">{count}</span>
            {on && <X size={11} aria-hidden />}
          </button>
        );
      })}
      {labels.length > fewLabels && (
        <button type="button" onClick={() => setAll(!all)} className="h-6 shrink-0 px-1 text-accent text-xs hover:underline">
          {all ? 'fewer' : `${labels.length - fewLabels} more`}
        </button>
      )}
    </fieldset>
  );
}
