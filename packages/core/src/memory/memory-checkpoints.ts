import { type Checkpoint, comparePlaces } from '../checkpoints/checkpoint.ts';
import type { Cut } from '../checkpoints/cut.ts';
import type { Effect } from '../checkpoints/effect.ts';
import type { Tx } from '../supervisor/ports.ts';
import type { CheckpointRow } from './memory-state.ts';
import { byId, MemoryTable } from './memory-table.ts';

/** Checkpoints within one transaction; what is pruned is gone at the commit alone. */
export class MemoryCheckpoints {
  private readonly fresh = new Map<string, CheckpointRow>();
  private readonly gone = new Set<string>();

  constructor(private readonly committed: Map<string, CheckpointRow>) {}

  private row(id: string): CheckpointRow | undefined {
    return this.gone.has(id) ? undefined : (this.fresh.get(id) ?? this.committed.get(id));
  }
  /** Of one agent, the newest first. */
  private line(agentId: string): Checkpoint[] {
    return [...this.committed.values(), ...this.fresh.values()]
      .map((r) => r.checkpoint)
      .filter((c) => c.agentId === agentId && !this.gone.has(c.id))
      .sort((a, b) => comparePlaces(b, a));
  }
  readonly rows: Tx['checkpoints'] = {
    get: async (id) => this.row(id)?.checkpoint,
    latestOf: async (agentId) => this.line(agentId)[0],
    put: async (checkpoint, bodyText) => void this.fresh.set(checkpoint.id, { checkpoint: Object.freeze(checkpoint), bodyText }),
    bodyOf: async (id) => this.row(id)?.bodyText,
    prune: async (agentId, keep, also) => {
      const isKept = (c: Checkpoint, place: number) =>
        place < keep || (also !== undefined && ((c.createdAtMs >= also.sinceMs && place < also.most) || also.needed.includes(c.id)));
      const over = this.line(agentId).filter((c, place) => !isKept(c, place));
      for (const c of over) this.gone.add(c.id);
      return over.length;
    },
  };
  commit(): void {
    for (const [id, row] of this.fresh) this.committed.set(id, row);
    for (const id of this.gone) this.committed.delete(id);
  }
}

export class MemoryCuts extends MemoryTable<Cut> {
  async restoring(): Promise<Cut[]> {
    return this.select((c) => c.restoring, byId);
  }
}
export class MemoryEffects extends MemoryTable<Effect> {
  async ofAgent(agentId: string): Promise<Effect[]> {
    return this.select((e) => e.agentId === agentId, byId);
  }
  async countOf(agentId: string): Promise<number> {
    return (await this.ofAgent(agentId)).length;
  }
}
