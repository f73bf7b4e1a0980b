'use client';
import { openStop } from '@/features/stop/stop-request';
import { liveOf, useLiveStore } from '@/live';
import { useKey } from '@/ui/keys';
import { notify } from '@/ui/toast';
import { useGo, useSelectedAgent } from '@/ui/use-url';
import { pages } from '@/vocabulary/pages';

/** The keys that work on every page. */
export function ShellKeys({ onMenu, onKeys }: { onMenu(): void; onKeys(): void }) {
  const store = useLiveStore();
  const [selected] = useSelectedAgent();
  useKey('mod+k', onMenu, { inDialog: true });
  useKey('?', onKeys);
  useKey('mod+.', () => {
    // the card or line that has the focus, else the one in the inspector
    const focused = document.activeElement?.closest<HTMLElement>('[data-row]')?.dataset.row;
    const id = [focused, selected].find((x) => x && store.agents.has(x));
    const agent = id ? store.agents.get(id) : undefined;
    if (!agent) return notify('Choose an agent first', 'mod+. opens the stop preview of the focused agent.');
    const counts = store.tree.counts(agent.id);
    if (!counts || liveOf(counts) === 0) return notify(`${agent.name} has ended, and nothing under it lives`);
    openStop(agent.id);
  });
  return pages.map((p) => <GoKey key={p.id} keys={`g ${p.key}`} href={p.href} />);
}
function GoKey({ keys, href }: { keys: string; href: string }) {
  const go = useGo();
  useKey(keys, () => go(href));
  return null;
}
