import type { CostEntryView, Page } from '@reeve/core/vocabulary';
import type { EntriesOf } from './use-cost-view';

/** A browser should not be asked to hold more; the API has them all. */
export const mostExported = 50_000;

export type EntriesInput = {
  agentId?: string;
  subtree?: boolean;
  session?: string;
  model?: string;
  role?: string;
  day?: string;
  budgetId?: string;
  charged?: boolean;
  unattributed?: boolean;
  except?: string;
  root?: string;
  from?: string;
  to?: string;
};
export function entriesInput(of: EntriesOf): EntriesInput {
  return {
    ...subjectOf(of),
    ...(of.within && { root: of.within }),
    ...(of.except && { except: of.except }),
    ...(of.fromMs !== undefined && { from: new Date(of.fromMs).toISOString() }),
    ...(of.toMs !== undefined && { to: new Date(of.toMs).toISOString() }),
  };
}
function subjectOf(of: EntriesOf): EntriesInput {
  switch (of.kind) {
    case 'all':
      return {};
    case 'agent':
      return { agentId: of.key };
    case 'charged':
      return { agentId: of.key, subtree: true, charged: true };
    case 'unattributed':
      return { ...(of.key && { agentId: of.key }), unattributed: true };
    case 'budget':
      return { budgetId: of.key };
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
