import type { LanguageModelUsage, ModelMessage, StepResult, ToolSet } from 'ai';
import type { Agent } from './agent.ts';
import type { CheckpointerOptions } from './checkpoints.ts';

export type MessageLoopOptions = Omit<CheckpointerOptions, 'snapshot'> & {
  /** What the loop begins with in a first epoch; a restored one begins with what was saved. */
  messages: ModelMessage[];
  /** What the program keeps beside the messages; taken at each save, and handed back by `MessageLoop.state`. */
  state?: () => unknown;
  /** US dollars of one step, where the program knows them: they count towards the next checkpoint, and as the cost of the call. */
  priceUsd?: (usage: LanguageModelUsage, modelId: string) => number | undefined;
};

/**
 * The message list of a loop around the AI SDK, saved as it grows: hand `messages` and `onStepFinish` to `generateText`,
 * `streamText` or an agent of the SDK. Tools and usage of each step are counted and reported; the SDK awaits
 * `onStepFinish`, so that a save is over before the next step begins.
 */
export class MessageLoop {
  /** Whether it goes on from a checkpoint. */
  readonly isResumed: boolean;
  /** What the program kept beside the messages when the checkpoint was made; undefined in a first epoch. */
  readonly state: unknown;
  private readonly checkpointer: ReturnType<Agent['checkpointer']>;
  /** Everything before the call that is under way. */
  private base: ModelMessage[];
  /** What the call under way has answered so far. */
  private answered: ModelMessage[] = [];

  /** @internal */
  constructor(
    private readonly agent: Agent,
    { messages, state, priceUsd, ...triggers }: MessageLoopOptions,
    from: { messages: ModelMessage[]; state: unknown } | undefined,
  ) {
    this.isResumed = from !== undefined;
    this.state = from?.state;
    this.base = from ? from.messages : [...messages];
    this.priceUsd = priceUsd;
    this.checkpointer = agent.checkpointer({ ...triggers, snapshot: () => ({ state: state?.() ?? null, messages: this.messages }) });
  }
  private readonly priceUsd: MessageLoopOptions['priceUsd'];

  /** All messages up to the last step that ended, for the next call; a copy. */
  get messages(): ModelMessage[] {
    return [...this.base, ...this.answered];
  }
  /** Whether the model has said its last word: nothing is left that it was asked. */
  get isAnswered(): boolean {
    const last = this.messages.at(-1);
    return last?.role === 'assistant' && (typeof last.content === 'string' || !last.content.some((part) => part.type === 'tool-call'));
  }

  /** Adds to the list between two calls: the next question, say. What the call before answered stays. */
  push(...messages: ModelMessage[]): void {
    this.base = [...this.messages, ...messages];
    this.answered = [];
  }
  /** Something that must not be lost has happened: saves at the end of this step. */
  significant(what: string): void {
    this.checkpointer.significant(what);
  }

  /** For `onStepFinish`: a step is a safe point, since the answers of its tools stand behind its calls. */
  readonly onStepFinish = async <TOOLS extends ToolSet>(step: StepResult<TOOLS>): Promise<void> => {
    // the first step of another call: what the call before answered is part of the list now
    if (step.stepNumber === 0) this.push();
    // the SDK tells all messages of the call at each step
    this.answered = structuredClone(step.response.messages) as ModelMessage[];
    const { usage, model } = step;
    const costUsd = this.priceUsd?.(usage, model.modelId);
    const { cacheReadTokens, cacheWriteTokens } = usage.inputTokenDetails;
    const { reasoningTokens } = usage.outputTokenDetails;
    this.agent.costs.report({
      model: model.modelId,
      provider: model.provider,
      inputTokens: usage.inputTokens ?? 0,
      outputTokens: usage.outputTokens ?? 0,
      ...(cacheReadTokens !== undefined && { cachedInputTokens: cacheReadTokens }),
      ...(cacheWriteTokens !== undefined && { cacheWriteTokens }),
      ...(reasoningTokens !== undefined && { reasoningTokens }),
      ...(costUsd !== undefined && { costUsd: costUsd.toFixed(9) }),
    });
    const tools = step.toolResults.length;
    if (tools > 0) this.agent.toolExecuted(tools);
    await this.checkpointer.step();
  };
  /** Saves now, whatever is counted: before a handover, or at the end. */
  save(trigger?: string): Promise<void> {
    return this.checkpointer.flush(trigger);
  }
}

/**
 * A message list that survives its process: in a process that Reeve started again (`REEVE_RESTORE`) it begins with the
 * messages of the checkpoint, else with `messages`. Needs the package `ai`.
 */
export async function messageLoop(agent: Agent, o: MessageLoopOptions): Promise<MessageLoop> {
  const saved = await agent.resumed();
  return new MessageLoop(agent, o, saved?.messages ? { messages: saved.messages as ModelMessage[], state: saved.state } : undefined);
}
