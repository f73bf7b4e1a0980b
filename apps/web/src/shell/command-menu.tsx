'use client';
import { isFinalAgent, type LiveAgent } from '@reeve/core/vocabulary';
import { Command } from 'cmdk';
import { Keyboard, LogOut, MoonStar, OctagonX, Palette } from 'lucide-react';
import { useTheme } from 'next-themes';
import { Dialog as D } from 'radix-ui';
import { type ReactNode, useMemo, useState } from 'react';
import { openEmergency } from '@/features/stop/emergency-request';
import { openStop } from '@/features/stop/stop-request';
import { useLiveStore } from '@/live';
import { KeyHint } from '@/ui/key-hint';
import { StateMark } from '@/ui/state-mark';
import { useGo, useSelectedAgent } from '@/ui/use-url';
import { pages } from '@/vocabulary/pages';
import { agentMarks } from '@/vocabulary/state-marks';
import { pageIcons } from './rail';

type Props = { open: boolean; onOpenChange(open: boolean): void; onKeys(): void };
const mostAgents = 8;

/** mod+K: pages, agents, orders. The search over agents is ours: cmdk would mount 10,000 items to sort them. */
export function CommandMenu({ open, onOpenChange, onKeys }: Props) {
  const [text, setText] = useState('');
  const change = (next: boolean) => {
    onOpenChange(next);
    if (!next) setText('');
  };
  return (
    <D.Root open={open} onOpenChange={change}>
      <D.Portal>
        <D.Overlay className="fade-in fixed inset-0 z-40 bg-black/40 dark:bg-black/60" />
        <D.Content
          aria-describedby={undefined}
          className="pop-in fixed top-[12dvh] left-1/2 z-50 w-[min(580px,calc(100vw-16px))] -translate-x-1/2 overflow-hidden rounded-xl border border-line-strong bg-raised shadow-pop outline-none"
        >
          <D.Title className="sr-only">Menu</D.Title>
          <Command label="Menu" shouldFilter={false} loop>
            <Command.Input
              value={text}
              onValueChange={setText}
              placeholder="Go to a page, find an agent, give an order"
              className="h-12 w-full border-line border-b bg-transparent px-4 text-base outline-none placeholder:text-ink-3 max-sm:text-[16px]"
            />
            <Items text={text.trim().toLowerCase()} done={() => change(false)} onKeys={onKeys} />
          </Command>
        </D.Content>
      </D.Portal>
    </D.Root>
  );
}

function Items({ text, done, onKeys }: { text: string; done(): void; onKeys(): void }) {
  const store = useLiveStore();
  const go = useGo();
  const { setTheme, resolvedTheme } = useTheme();
  const [selectedId] = useSelectedAgent();
  const selected = selectedId ? store.agents.get(selectedId) : undefined;
  const fits = (words: string) => !text || text.split(/\s+/).every((w) => words.toLowerCase().includes(w));
  const agents = useMemo(() => findAgents([...store.agents.values()], text), [store, text]);
  const run = (what: () => void) => () => {
    done();
    what();
  };
  const orders = [
    ...(selected && !isFinalAgent(selected.state)
      ? [
          {
            words: `stop ${selected.name} subtree`,
            icon: <OctagonX />,
            label: `Stop ${selected.name}…`,
            keys: 'mod+.',
            run: () => openStop(selected.id),
          },
        ]
      : []),
    {
      words: 'theme dark light',
      icon: <MoonStar />,
      label: resolvedTheme === 'dark' ? 'Light theme' : 'Dark theme',
      run: () => setTheme(resolvedTheme === 'dark' ? 'light' : 'dark'),
    },
    { words: 'keys shortcuts keyboard help', icon: <Keyboard />, label: 'Keys', keys: '?', run: onKeys },
    {
      words: 'emergency stop everything halt kill all',
      icon: <OctagonX />,
      label: 'Stop everything…',
      run: () => openEmergency('stop'),
    },
    { words: 'stops receipts history', icon: <OctagonX />, label: 'All stops and their receipts', run: () => go('/stops') },
    { words: 'design marks states legend glyphs', icon: <Palette />, label: 'Marks and controls', run: () => go('/design') },
    { words: 'sign out log out', icon: <LogOut />, label: 'Sign out', run: () => window.location.assign('/auth/sign-out') },
  ].filter((o) => fits(o.words));
  const found = pages.filter((p) => fits(`${p.label} ${p.question}`));
  return (
    <Command.List className="max-h-[min(420px,60dvh)] overflow-y-auto p-1.5">
      <Command.Empty className="px-3 py-8 text-center text-ink-3 text-sm">Nothing by that name</Command.Empty>
      {text && (
        <AgentItems
          agents={agents}
          onStop={(id) => run(() => openStop(id))}
          onOpen={(id) => run(() => go(`/agents?agent=${id}`))}
          stopping={/^(stop|kill)\b/.test(text)}
        />
      )}
      {found.length > 0 && (
        <Group heading="Pages">
          {found.map((p) => {
            const Icon = pageIcons[p.id];
            return (
              <Item
                key={p.id}
                value={p.id}
                icon={<Icon />}
                label={p.label}
                note={p.question}
                keys={`g ${p.key}`}
                onSelect={run(() => go(p.href))}
              />
            );
          })}
        </Group>
      )}
      {orders.length > 0 && (
        <Group heading="Orders">
          {orders.map((o) => (
            <Item key={o.label} value={o.label} icon={o.icon} label={o.label} keys={o.keys} onSelect={run(o.run)} />
          ))}
        </Group>
      )}
    </Command.List>
  );
}

/** "stop coder" offers the stop preview of every coder; anything else opens the agent. */
function findAgents(all: LiveAgent[], text: string): LiveAgent[] {
  const words = text
    .replace(/^(stop|kill)\s+/, '')
    .split(/\s+/)
    .filter(Boolean);
  if (words.length === 0) return [];
  const found = all.filter((a) => words.every((w) => `${a.name} ${a.role ?? ''} ${a.id}`.toLowerCase().includes(w)));
  return found
    .sort((a, b) => Number(isFinalAgent(a.state)) - Number(isFinalAgent(b.state)) || b.createdAtMs - a.createdAtMs)
    .slice(0, mostAgents);
}
function AgentItems({
  agents,
  stopping,
  onStop,
  onOpen,
}: {
  agents: LiveAgent[];
  stopping: boolean;
  onStop(id: string): () => void;
  onOpen(id: string): () => void;
}) {
  const shown = stopping ? agents.filter((a) => !isFinalAgent(a.state)) : agents;
  if (shown.length === 0) return null;
  return (
    <Group heading={stopping ? 'Stop…' : 'Agents'}>
      {shown.map((a) => (
        <Item
          key={a.id}
          value={a.id}
          icon={<StateMark mark={agentMarks[a.state]} iconOnly />}
          label={a.name}
          note={a.activity ?? a.role ?? ''}
          onSelect={stopping ? onStop(a.id) : onOpen(a.id)}
        />
      ))}
    </Group>
  );
}

const Group = ({ heading, children }: { heading: string; children: ReactNode }) => (
  <Command.Group
    heading={heading}
    className="[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-2xs [&_[cmdk-group-heading]]:text-ink-3"
  >
    {children}
  </Command.Group>
);
function Item({
  value,
  icon,
  label,
  note,
  keys,
  onSelect,
}: {
  value: string;
  icon: ReactNode;
  label: string;
  note?: string;
  keys?: string;
  onSelect(): void;
}) {
  return (
    <Command.Item
      value={value}
      onSelect={onSelect}
      className="flex h-9 cursor-pointer items-center gap-2.5 rounded-md px-2.5 text-sm data-[selected=true]:bg-hover [&>svg]:size-4 [&>svg]:shrink-0 [&>svg]:text-ink-3"
    >
      {icon}
      <span className="truncate">{label}</span>
      {note && <span className="min-w-0 flex-1 truncate text-ink-3 text-xs">{note}</span>}
      {keys && <KeyHint keys={keys} className="ml-auto" />}
    </Command.Item>
  );
}
