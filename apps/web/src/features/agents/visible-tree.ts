import { isFinalAgent, type LiveAgent } from '@reeve/core/vocabulary';
import { type AgentFilter, type EndedRule, matches, showsEnded } from './match-agent';

/** What the tree and the outline read of the store. */
export type TreeSource = {
  agent(id: string): LiveAgent | undefined;
  roots: readonly string[];
  children(id: string): readonly string[];
};
export type TreeOptions = {
  /** A root agent's id, or all sessions. */
  session: string | null;
  ended: EndedRule;
  filter: AgentFilter | null;
  /** More siblings than this hide behind "+N more". */
  maxChildren: number;
  /** How many rows may open by themselves; what lies beyond starts folded. */
  budget: number;
  nowMs: number;
};
/** What the operator folded and unfolded; the automatic choice is remembered too, so that nothing folds under the hand. */
export type Folds = { open: Map<string, boolean>; whole: Set<string> };
export const newFolds = (): Folds => ({ open: new Map(), whole: new Set() });

export type Row = {
  /** The agent's id; `<parent>+` for the rest of its children. */
  key: string;
  kind: 'agent' | 'more';
  /** Of a `more` row: the parent whose children are left out. */
  id: string;
  /** Index of the parent's row, -1 at the top. */
  parent: number;
  depth: number;
  /** Null where there is nothing to fold. */
  open: boolean | null;
  /** Ids left out here: under a folded agent its children, behind "+N more" the rest. */
  hidden: readonly string[];
  /** Shown only because something under it matches. */
  faint: boolean;
  position: number;
  siblings: number;
};

/**
 * The rows on screen, parents before children, siblings by age (stable under insertion). Siblings that live come before
 * those that ended when not all have a place.
 */
export function visibleRows(source: TreeSource, options: TreeOptions, folds: Folds): Row[] {
  const keep = keptBy(source, options);
  const tops = (options.session ? [options.session] : source.roots).filter((id) => source.agent(id) && keep.has(id));
  const open = decideFolds(source, tops, options, folds, keep);
  const rows: Row[] = [];
  const visit = (ids: readonly string[], parent: number, depth: number, parentId: string | null) => {
    const { shown, rest } = pick(
      source,
      ids,
      parentId !== null && folds.whole.has(parentId) ? Number.POSITIVE_INFINITY : options.maxChildren,
      options.nowMs,
    );
    const siblings = shown.length + (rest.length ? 1 : 0);
    shown.forEach((id, i) => {
      const below = source.children(id).filter((c) => keep.has(c));
      const isOpen = below.length === 0 ? null : open(id);
      const at = rows.length;
      rows.push({
        key: id,
        kind: 'agent',
        id,
        parent,
        depth,
        open: isOpen,
        hidden: isOpen === false ? below : [],
        faint: keep.get(id) === 'ancestor',
        position: i + 1,
        siblings,
      });
      if (isOpen) visit(below, at, depth + 1, id);
    });
    if (rest.length)
      rows.push({
        key: `${parentId ?? ''}+`,
        kind: 'more',
        id: parentId ?? '',
        parent,
        depth,
        open: null,
        hidden: rest,
        faint: false,
        position: siblings,
        siblings,
      });
  };
  visit(tops, -1, 0, null);
  return rows;
}

type Kept = { has(id: string): boolean; get(id: string): 'match' | 'ancestor' | undefined };
/** Those that may be shown at all: by the filter with their ancestors, and by the rule for ended agents. */
function keptBy(source: TreeSource, o: TreeOptions): Kept {
  const kept = new Map<string, 'match' | 'ancestor'>();
  const walk = (id: string): boolean => {
    const a = source.agent(id);
    if (!a) return false;
    let below = false;
    for (const c of source.children(id)) if (walk(c)) below = true;
    const self = showsEnded(a, o.ended, o.nowMs) && (!o.filter || matches(a, o.filter));
    if (self) kept.set(id, 'match');
    else if (below) kept.set(id, 'ancestor');
    return self || below;
  };
  for (const id of o.session ? [o.session] : source.roots) walk(id);
  return kept;
}

/** Opens level by level until the budget is spent; a choice once made stays. A filter shows what it found, unfolded. */
function decideFolds(source: TreeSource, tops: readonly string[], o: TreeOptions, folds: Folds, keep: Kept): (id: string) => boolean {
  if (o.filter) return (id) => folds.open.get(id) ?? true;
  let left = o.budget - Math.min(tops.length, o.maxChildren);
  let level = tops;
  while (level.length) {
    const next: string[] = [];
    for (const id of level) {
      const below = source.children(id).filter((c) => keep.has(c));
      if (below.length === 0) continue;
      const shown = folds.whole.has(id) ? below.length : Math.min(below.length, o.maxChildren + 1);
      const known = folds.open.get(id);
      const isOpen = known ?? left >= shown;
      if (known === undefined) folds.open.set(id, isOpen);
      if (!isOpen) continue;
      left -= shown;
      next.push(...below);
    }
    level = next;
  }
  return (id) => folds.open.get(id) ?? false;
}

/** One who ended a moment ago keeps its place, so that an operator sees how it ended. */
const lingerMs = 60_000;
function pick(source: TreeSource, ids: readonly string[], max: number, nowMs: number): { shown: string[]; rest: string[] } {
  if (ids.length <= max + 1) return { shown: [...ids], rest: [] };
  const rank = (id: string) => {
    const a = source.agent(id);
    return a && isFinalAgent(a.state) && a.endedAtMs !== null && nowMs - a.endedAtMs > lingerMs ? 1 : 0;
  };
  const ranked = ids.map((id, i) => ({ id, i, rank: rank(id) })).sort((a, b) => a.rank - b.rank || a.i - b.i);
  const shown = new Set(ranked.slice(0, max).map((r) => r.id));
  return { shown: ids.filter((id) => shown.has(id)), rest: ids.filter((id) => !shown.has(id)) };
}

/** Unfolds every ancestor, so that the agent itself gets a row. */
export function reveal(source: TreeSource, id: string, folds: Folds): void {
  for (let p = source.agent(id)?.parentId; p; p = source.agent(p)?.parentId) {
    folds.open.set(p, true);
    const siblings = source.children(p);
    if (siblings.length > 9 && !folds.whole.has(p)) folds.whole.add(p);
  }
}
