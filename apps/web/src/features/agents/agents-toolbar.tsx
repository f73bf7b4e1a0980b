'use client';
import { ChevronsDownUp, ChevronsUpDown, History, ListTree, Network, SlidersHorizontal } from 'lucide-react';
import { liveOf, stateAt, useFleetCounts, useFleetReady, useLiveStore, useTopic } from '@/live';
import { IconButton } from '@/ui/button';
import { cn } from '@/ui/cn';
import { Select } from '@/ui/field';
import { Glyph } from '@/ui/glyph';
import { useKey } from '@/ui/keys';
import { Menu } from '@/ui/menu';
import { PageHeader } from '@/ui/page-header';
import { Segmented } from '@/ui/tabs';
import { writeUrl } from '@/ui/use-url';
import { formatCount } from '@/vocabulary/format';
import { agentMarks, agentStateOrder, toneText } from '@/vocabulary/state-marks';
import { FilterInput } from './filter-input';
import type { AgentView, useViewOptions } from './use-agent-view';

type Options = ReturnType<typeof useViewOptions>;

export function AgentsToolbar({ options, view }: { options: Options; view: AgentView }) {
  const { text, ended, set } = options;
  useKey('v', () => set({ view: options.view === 'tree' ? 'outline' : 'tree' }));
  const endedItem = (value: Options['ended'], label: string) => ({
    label,
    checked: ended === value,
    onSelect: () => set({ ended: value === 'recent' ? null : value }),
  });
  return (
    <>
      <PageHeader title="Agents" hint={<Alive />} flat>
        <FilterInput text={text} onText={(q) => set({ q })} className="max-sm:order-last max-sm:min-w-0 max-sm:flex-1 max-sm:basis-[52%]" />
        <SessionPicker value={options.session} onChange={(session) => set({ session })} />
        <Segmented
          label="View"
          value={options.view}
          onChange={(view) => set({ view })}
          options={[
            { value: 'tree', label: <Labelled icon={<Network size={14} className="-rotate-90" />} text="Tree" /> },
            { value: 'outline', label: <Labelled icon={<ListTree size={14} />} text="Outline" /> },
          ]}
        />
        <TimeTravel />
        <Menu
          label="What is shown"
          trigger={
            <IconButton label="What is shown" size="icon" variant="secondary">
              <SlidersHorizontal size={15} />
            </IconButton>
          }
          items={[
            endedItem('recent', 'Ended in the last 15 minutes'),
            endedItem('all', 'All that ended'),
            endedItem('none', 'Only those that live'),
            'line',
            { label: 'Fold all', icon: <ChevronsDownUp />, onSelect: () => view.foldAll(false) },
            { label: 'Unfold all', icon: <ChevronsUpDown />, onSelect: () => view.foldAll(true) },
          ]}
        />
      </PageHeader>
      <StateFilters text={text} onText={(q) => set({ q })} />
    </>
  );
}
/** Begins where the log ends now; the slider goes back from there. */
function TimeTravel() {
  const store = useLiveStore();
  return (
    <IconButton
      label="Look back in time"
      size="icon"
      variant="secondary"
      onClick={() => writeUrl({ seq: String(Math.max(1, store.seq)) })}
      data-testid="time-travel"
    >
      <History size={15} />
    </IconButton>
  );
}
function Alive() {
  const counts = useFleetCounts();
  return useFleetReady() ? <>{formatCount(liveOf(counts))} alive</> : null;
}
const Labelled = ({ icon, text }: { icon: React.ReactNode; text: string }) => (
  <>
    {icon}
    <span className="max-lg:sr-only">{text}</span>
  </>
);

/** The counts of the fleet; each is a filter. */
function StateFilters({ text, onText }: { text: string; onText(text: string): void }) {
  const counts = useFleetCounts();
  const ready = useFleetReady();
  const present = agentStateOrder.filter((s) => (counts[stateAt[s]] ?? 0) > 0);
  // its place is kept while the fleet is on its way: what lies below must not move when it comes
  if (present.length === 0) return ready ? null : <div className="h-9 shrink-0 border-line border-b bg-surface" />;
  return (
    <fieldset className="flex h-9 shrink-0 items-center gap-0.5 overflow-x-auto border-line border-b bg-surface px-2">
      <legend className="sr-only">Show only those in one state</legend>
      {present.map((s) => {
        const word = `state:${s}`;
        const on = text.split(/\s+/).includes(word);
        return (
          <button
            key={s}
            type="button"
            aria-pressed={on}
            title={agentMarks[s].meaning}
            onClick={() => onText(on ? text.replace(word, '').trim() : `${text.replace(/state:\S*/g, '').trim()} ${word}`.trim())}
            className={cn(
              'inline-flex h-6 shrink-0 items-center gap-1.5 rounded-md px-2 font-medium text-xs hover:bg-hover',
              toneText[agentMarks[s].tone],
              on && 'bg-hover',
            )}
          >
            <Glyph name={agentMarks[s].glyph} size={12} />
            <span>
              {formatCount(counts[stateAt[s]] ?? 0)} {agentMarks[s].word.toLowerCase()}
            </span>
          </button>
        );
      })}
    </fieldset>
  );
}

function SessionPicker({ value, onChange }: { value: string | null; onChange(id: string | null): void }) {
  const store = useLiveStore();
  useTopic('tree');
  const roots = store.tree.roots.filter((id) => store.agents.get(id)?.parentId === null);
  if (roots.length < 2 && !value) return null;
  return (
    <Select
      aria-label="Session"
      wrapClassName="w-40 max-sm:order-last max-sm:w-32"
      value={value ?? ''}
      onChange={(e) => onChange(e.target.value || null)}
    >
      <option value="">All sessions ({roots.length})</option>
      {roots
        .slice(-200)
        .reverse()
        .map((id) => (
          <option key={id} value={id}>
            {store.agents.get(id)?.name ?? id}
          </option>
        ))}
    </Select>
  );
}
