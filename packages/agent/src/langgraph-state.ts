import { createHash } from 'node:crypto';

export type StoredWrite = { taskId: string; index: number; channel: string; text: string; path: string };
/** A checkpoint of a graph; the values of its channels stand elsewhere, since most are those of the one before. */
export type StoredCheckpoint = {
  id: string;
  parent: string | null;
  head: string;
  metadata: string;
  /** Channel and key of its value, in the order of the channels. */
  values: [channel: string, key: string][];
  /** It is rebuilt from those before it, so none of them may go. */
  isDelta: boolean;
  writes: StoredWrite[];
};
/** Everything, as JSON: by thread, then by namespace, each oldest first. */
export type StoredThreads = {
  threads: [threadId: string, namespaces: [ns: string, checkpoints: StoredCheckpoint[]][]][];
  texts: [key: string, text: string][];
};

/** The threads of one agent's graphs in memory, with a bound on how far back they go. */
export class GraphState {
  /** Keys are given by callers: maps, so that none of them is a property of something. */
  private readonly threads = new Map<string, Map<string, StoredCheckpoint[]>>();
  private readonly texts = new Map<string, string>();
  /** Writes whose checkpoint is on its way: the graph tells both at once. */
  private readonly early = new Map<string, StoredWrite[]>();

  constructor(
    private readonly history: number,
    stored?: StoredThreads,
  ) {
    for (const [threadId, namespaces] of stored?.threads ?? []) this.threads.set(threadId, new Map(namespaces));
    for (const [key, text] of stored?.texts ?? []) this.texts.set(key, text);
  }

  private lineOf(threadId: string, ns: string): readonly StoredCheckpoint[] {
    return this.threads.get(threadId)?.get(ns) ?? [];
  }
  get(threadId: string, ns: string, id: string): StoredCheckpoint | undefined {
    return this.lineOf(threadId, ns).find((c) => c.id === id);
  }
  latest(threadId: string, ns: string): StoredCheckpoint | undefined {
    return this.lineOf(threadId, ns).at(-1);
  }
  /** Of one thread, or of all; within a namespace the newest first. */
  *all(threadId?: string): Iterable<{ threadId: string; ns: string; checkpoint: StoredCheckpoint }> {
    for (const id of threadId === undefined ? [...this.threads.keys()] : [threadId])
      for (const [ns, line] of this.threads.get(id) ?? [])
        for (const checkpoint of [...line].reverse()) yield { threadId: id, ns, checkpoint };
  }

  /** Keeps a text under a key of its content: a value that has not changed is there once. */
  keep(text: string): string {
    const key = createHash('sha256').update(text).digest('base64url').slice(0, 24);
    this.texts.set(key, text);
    return key;
  }
  kept(key: string): string {
    const text = this.texts.get(key);
    if (text === undefined) throw new Error(`The value ${key} of a channel is missing.`);
    return text;
  }

  put(threadId: string, ns: string, checkpoint: StoredCheckpoint): void {
    const namespaces = this.threads.get(threadId) ?? new Map<string, StoredCheckpoint[]>();
    this.threads.set(threadId, namespaces);
    const before = namespaces.get(ns)?.find((c) => c.id === checkpoint.id);
    const others = (namespaces.get(ns) ?? []).filter((c) => c.id !== checkpoint.id);
    // ids begin with their time: their order is that of the checkpoints
    const key = JSON.stringify([threadId, ns, checkpoint.id]);
    const writes = before?.writes ?? this.early.get(key) ?? [];
    this.early.delete(key);
    const line = [...others, { ...checkpoint, writes }].sort((a, b) => (a.id < b.id ? -1 : 1));
    namespaces.set(ns, line.some((c) => c.isDelta) ? line : line.slice(-this.history));
    const oldest = namespaces.get('')?.[0];
    // parts of the graph that ran before everything that is kept of the whole
    if (oldest && ns === '') for (const [part, kept] of namespaces) if ((kept.at(-1)?.id ?? '') < oldest.id) namespaces.delete(part);
    this.sweep();
  }
  /** What a task wrote stands once; what it says of itself (an error, an interrupt) is what it said last. */
  write(threadId: string, ns: string, id: string, told: readonly StoredWrite[]): void {
    const key = JSON.stringify([threadId, ns, id]);
    const checkpoint = this.get(threadId, ns, id);
    const writes = checkpoint?.writes ?? this.early.get(key) ?? [];
    if (!checkpoint) this.early.set(key, writes);
    for (const w of told) {
      const at = writes.findIndex((x) => x.taskId === w.taskId && x.index === w.index);
      if (at < 0) writes.push(w);
      else if (w.index < 0) writes[at] = w;
    }
  }
  remove(threadId: string): boolean {
    const was = this.threads.delete(threadId);
    this.sweep();
    return was;
  }
  private sweep(): void {
    const used = new Set<string>();
    for (const { checkpoint } of this.all()) for (const [, key] of checkpoint.values) used.add(key);
    for (const key of this.texts.keys()) if (!used.has(key)) this.texts.delete(key);
  }

  snapshot(): StoredThreads {
    return {
      threads: [...this.threads].map(([id, namespaces]) => [id, [...namespaces]]),
      texts: [...this.texts],
    };
  }
}
