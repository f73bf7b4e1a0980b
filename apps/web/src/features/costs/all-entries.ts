import type { CostEntryView, Page } from '@reeve/core/vocabulary';
import type { EntriesOf } from './use-cost-view';

/** A browser should not be asked to hold more; the API has them all. */
export const mostExported = 50_000;

export function entriesInput(of: EntriesOf): { agentId?: string; subtree?: boolean; model?: string; role?: string; day?: string } {
  switch (of.kind) {
    case 'agent':
      return { agentId: of.key };
    case 'subtree':
      return { agentId: of.key, subtree: true };
    default:
      return { [of.kind]: of.key };
  }
}

/** Every page, until there is none or the limit is reached. */
export async function allEntries(page: (cursor: string | undefined) => Promise<Page<CostEntryView>>): Promise<CostEntryView[]> {
  const all: CostEntryView[] = [];
  let cursor: string | undefined;
  do {
    const { items, nextCursor } = await page(cursor);
    all.push(...items);
    cursor = nextCursor ?? undefined;
  } while (cursor && all.length < mostExported);
  return all;
}
