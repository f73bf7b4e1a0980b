import type { RunnableConfig } from '@langchain/core/runnables';
import {
  BaseCheckpointSaver,
  type ChannelVersions,
  type Checkpoint,
  type CheckpointListOptions,
  type CheckpointMetadata,
  type CheckpointPendingWrite,
  type CheckpointTuple,
  compareWritesSortKeys,
  copyCheckpoint,
  getCheckpointId,
  type PendingWrite,
  type SerializerProtocol,
  WRITES_IDX_MAP,
  writesSortKey,
} from '@langchain/langgraph-checkpoint';
import type { Agent } from './agent.ts';
import { GraphState, type StoredCheckpoint, type StoredThreads } from './langgraph-state.ts';

export type ReeveSaverOptions = {
  /** How many checkpoints of the graph are kept of each thread and namespace, the newest; 20 unless told. */
  history?: number;
  serde?: SerializerProtocol;
};
type Place = { thread_id: string; checkpoint_ns: string; checkpoint_id: string };
const configOf = (place: Place): RunnableConfig => ({ configurable: place });

/**
 * A checkpointer for LangGraph that keeps its threads in the checkpoints of the agent in Reeve. Each call of the graph is
 * stored before it resolves; what comes while a save is under way shares the next one. A process that Reeve starts again
 * (`REEVE_RESTORE`) has every thread as it was: `graph.invoke(null, {configurable: {thread_id}})` goes on. Run the graph with
 * `durability: 'sync'` where a crash may cost no more than the step that is under way: the graph does not wait for its
 * checkpointer otherwise.
 */
export class ReeveSaver extends BaseCheckpointSaver {
  private saving: Promise<unknown> | undefined;
  private next: Promise<unknown> | undefined;

  private constructor(
    private readonly agent: Agent,
    private readonly graphs: GraphState,
    serde?: SerializerProtocol,
  ) {
    super(serde);
  }
  /** The saver of this agent, with what its checkpoint has where it was restored from one. */
  static async of(agent: Agent, { history = 20, serde }: ReeveSaverOptions = {}): Promise<ReeveSaver> {
    const saved = await agent.resumed();
    return new ReeveSaver(agent, new GraphState(history, storedOf(saved?.state)), serde);
  }

  /** Whether there is something to go on from in this thread: then the graph's input is `null`. */
  has(threadId: string): boolean {
    return this.graphs.latest(threadId, '') !== undefined;
  }

  async getTuple(config: RunnableConfig): Promise<CheckpointTuple | undefined> {
    const { thread_id: threadId, checkpoint_ns: ns = '' } = config.configurable ?? {};
    if (threadId === undefined) return undefined;
    const id = getCheckpointId(config);
    const found = id ? this.graphs.get(threadId, ns, id) : this.graphs.latest(threadId, ns);
    return found && this.tupleOf({ thread_id: threadId, checkpoint_ns: ns, checkpoint_id: found.id }, found);
  }

  async *list(config: RunnableConfig, { limit, before, filter }: CheckpointListOptions = {}): AsyncGenerator<CheckpointTuple> {
    const { thread_id, checkpoint_ns, checkpoint_id } = config.configurable ?? {};
    const beforeId = before?.configurable?.checkpoint_id as string | undefined;
    let left = limit ?? Number.POSITIVE_INFINITY;
    for (const { threadId, ns, checkpoint } of this.graphs.all(thread_id)) {
      if (checkpoint_ns !== undefined && ns !== checkpoint_ns) continue;
      if ((checkpoint_id && checkpoint.id !== checkpoint_id) || (beforeId !== undefined && checkpoint.id >= beforeId)) continue;
      if (left <= 0) return;
      const tuple = await this.tupleOf({ thread_id: threadId, checkpoint_ns: ns, checkpoint_id: checkpoint.id }, checkpoint);
      const metadata = tuple.metadata as Record<string, unknown> | undefined;
      if (filter && !Object.entries(filter).every(([key, value]) => metadata?.[key] === value)) continue;
      left -= 1;
      yield tuple;
    }
  }

  async put(config: RunnableConfig, checkpoint: Checkpoint, metadata: CheckpointMetadata, _new: ChannelVersions): Promise<RunnableConfig> {
    const { thread_id: threadId, checkpoint_ns: ns = '', checkpoint_id: parent } = config.configurable ?? {};
    if (threadId === undefined) throw new Error('A checkpoint of a graph needs `thread_id` in `configurable`.');
    const { channel_values: values, ...head } = copyCheckpoint(checkpoint);
    const texts: Record<string, string> = {};
    // in the order of the channels, which is a part of what comes back
    for (const [channel, value] of Object.entries(values)) texts[channel] = await this.dump(value);
    this.graphs.put(threadId, ns, {
      id: checkpoint.id,
      parent: parent ?? null,
      head: await this.dump(head),
      metadata: await this.dump(metadata),
      values: Object.entries(texts).map(([channel, text]) => [channel, this.graphs.keep(text)]),
      isDelta: metadata.counters_since_delta_snapshot !== undefined,
      writes: [],
    });
    await this.stored(`graph: ${metadata.source} ${metadata.step}`);
    return configOf({ thread_id: threadId, checkpoint_ns: ns, checkpoint_id: checkpoint.id });
  }

  async putWrites(config: RunnableConfig, writes: PendingWrite[], taskId: string, taskPath = ''): Promise<void> {
    const { thread_id: threadId, checkpoint_ns: ns = '', checkpoint_id: id } = config.configurable ?? {};
    if (threadId === undefined || id === undefined)
      throw new Error('Writes of a graph need `thread_id` and `checkpoint_id` in `configurable`.');
    const told = await Promise.all(
      writes.map(async ([channel, value], index) => ({
        taskId,
        index: WRITES_IDX_MAP[channel] ?? index,
        channel,
        text: await this.dump(value),
        path: taskPath,
      })),
    );
    this.graphs.write(threadId, ns, id, told);
    await this.stored('graph: writes');
  }

  async deleteThread(threadId: string): Promise<void> {
    if (this.graphs.remove(threadId)) await this.stored('graph: thread deleted');
  }

  private async tupleOf(place: Place, { head, values, metadata, parent, writes }: StoredCheckpoint): Promise<CheckpointTuple> {
    const channel_values: Record<string, unknown> = {};
    for (const [channel, key] of values) channel_values[channel] = await this.load(this.graphs.kept(key));
    const sorted = [...writes].sort((a, b) =>
      compareWritesSortKeys(writesSortKey(a.path, a.taskId, a.index), writesSortKey(b.path, b.taskId, b.index)),
    );
    const pendingWrites = await Promise.all(
      sorted.map(async (w): Promise<CheckpointPendingWrite> => [w.taskId, w.channel, await this.load(w.text)]),
    );
    return {
      config: configOf(place),
      checkpoint: { ...(await this.load(head)), channel_values },
      metadata: await this.load(metadata),
      pendingWrites,
      ...(parent !== null && { parentConfig: configOf({ ...place, checkpoint_id: parent }) }),
    };
  }

  /** `json:` and its text, else the serializer's own type and base64. */
  private async dump(value: unknown): Promise<string> {
    const [type, bytes] = await this.serde.dumpsTyped(value);
    return type === 'json' ? `json:${new TextDecoder().decode(bytes)}` : `${type}:${Buffer.from(bytes).toString('base64')}`;
  }
  // biome-ignore lint/suspicious/noExplicitAny: the serializer promises nothing of what it reads
  private load(text: string): Promise<any> {
    const at = text.indexOf(':');
    const [type, rest] = [text.slice(0, at), text.slice(at + 1)];
    return this.serde.loadsTyped(type, type === 'json' ? rest : new Uint8Array(Buffer.from(rest, 'base64')));
  }

  /** Resolves when everything up to now is stored. One save at a time; all who come meanwhile share the next one. */
  private stored(trigger: string): Promise<unknown> {
    if (!this.saving) {
      this.saving = this.save(trigger).finally(() => (this.saving = undefined));
      return this.saving;
    }
    this.next ??= this.saving
      .catch(() => undefined)
      .then(() => {
        this.next = undefined;
        return this.stored(trigger);
      });
    return this.next;
  }
  private save(trigger: string): Promise<unknown> {
    return this.agent.checkpoint({ langgraph: this.graphs.snapshot() }, { trigger });
  }
}

const storedOf = (state: unknown): StoredThreads | undefined =>
  typeof state === 'object' && state !== null ? (state as { langgraph?: StoredThreads }).langgraph : undefined;
