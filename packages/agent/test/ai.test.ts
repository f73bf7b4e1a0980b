import { generateText, type ModelMessage, stepCountIs, tool } from 'ai';
import { MockLanguageModelV3 } from 'ai/test';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { messageLoop } from '../src/ai.ts';
import { type Agent, supervise } from '../src/index.ts';
import { FakeServer } from './fake-server.ts';

const usage = {
  inputTokens: { total: 100, noCache: 60, cacheRead: 40, cacheWrite: 0 },
  outputTokens: { total: 10, text: 7, reasoning: 3 },
};
/** A model that calls the tool `rounds` times, counted by what it is shown, then says how often it was answered. */
const counting = (rounds: number) =>
  new MockLanguageModelV3({
    provider: 'mock',
    modelId: 'counts',
    doGenerate: async ({ prompt }) => {
      const answered = prompt.filter((m) => m.role === 'tool').length;
      const isDone = answered >= rounds;
      return {
        content: isDone
          ? [{ type: 'text', text: `answered ${answered} times` }]
          : [{ type: 'tool-call', toolCallId: `call ${answered}`, toolName: 'look', input: JSON.stringify({ n: answered }) }],
        finishReason: { unified: isDone ? 'stop' : 'tool-calls', raw: undefined },
        usage: usage as never,
        warnings: [],
      };
    },
  });

describe('the message list of the AI SDK', () => {
  let server: FakeServer;
  let agent: Agent;
  let looked: number[];

  beforeEach(async () => {
    looked = [];
    server = await new FakeServer({
      'agents.register': () => ({ agentId: 'a1', token: 't', epoch: 1, leaseMs: 5_000, sessionId: 'a1' }),
      'agents.heartbeats': ({ beats }) => ({ leaseMs: 5_000, directives: beats.map((b) => ({ agentId: b.agentId, directive: 'run' })) }),
      'agents.finish': ({ outcome }) => ({ state: outcome }),
      'agents.events': ({ events }) => ({ accepted: events.length, duplicates: 0 }),
      'costs.report': ({ events }) => ({ accepted: events.length, duplicates: 0, conflicts: [], budgets: [] }),
      'checkpoints.save': ({ sequence }) => ({ checkpointId: `c${sequence}`, digest: 'd' }),
    }).start();
    agent = await supervise({ name: 'a', url: server.url, token: 'project', handleSignals: false });
  });
  afterEach(async () => {
    await agent.finish().catch(() => {});
    await server.stop();
  });
  const saves = () => server.of('checkpoints.save');
  /** Another process, started from the last checkpoint. */
  const restored = () => Object.assign(agent, { resumed: async () => structuredClone(saves().at(-1)) });
  const question: ModelMessage[] = [{ role: 'user', content: 'look three times' }];
  const look = tool({
    inputSchema: z.object({ n: z.number() }),
    execute: async ({ n }) => {
      looked.push(n);
      return `seen ${n}`;
    },
  });
  const ask = (messages: ModelMessage[], onStepFinish: (s: never) => Promise<void>, rounds = 5, abortSignal?: AbortSignal) =>
    generateText({
      model: counting(rounds),
      tools: { look },
      stopWhen: stepCountIs(20),
      messages,
      onStepFinish: onStepFinish as never,
      ...(abortSignal && { abortSignal }),
    });

  it('is saved after so many tools, with what was told of each step; between two saves nothing is sent', async () => {
    const loop = await messageLoop(agent, { messages: question, tools: 2, state: () => ({ looked: looked.length }) });
    expect([loop.isResumed, loop.state, loop.isAnswered]).toEqual([false, undefined, false]);
    const { text } = await ask(loop.messages, loop.onStepFinish);
    expect(text).toBe('answered 5 times');
    expect(saves().map((s) => [s.trigger, s.state, s.messages?.length])).toEqual([
      ['tools', { looked: 2 }, 5],
      ['tools', { looked: 4 }, 9],
    ]);
    expect(loop.isAnswered).toBe(true);
    expect(loop.messages).toHaveLength(12);
    await agent.flush();
    const costs = server.of('costs.report').flatMap((r) => r.events);
    expect(costs).toHaveLength(6);
    expect(costs[0]).toMatchObject({
      model: 'counts',
      provider: 'mock',
      inputTokens: 100,
      outputTokens: 10,
      cachedInputTokens: 40,
      reasoningTokens: 3,
    });
  });
  it('goes on in another process with the messages of the checkpoint: what a tool has answered is not asked again', async () => {
    const loop = await messageLoop(agent, { messages: question, tools: 2, state: () => ({ looked: looked.length }) });
    // the process ends in the third round, behind the checkpoint of the second
    const killed = new AbortController();
    const broken = ask(
      loop.messages,
      async (step) => {
        await loop.onStepFinish(step);
        if (looked.length === 3) {
          killed.abort();
          throw new Error('gone');
        }
      },
      5,
      killed.signal,
    );
    await expect(broken).rejects.toThrow();
    expect(looked).toEqual([0, 1, 2]);
    restored();
    looked = [];
    const second = await messageLoop(agent, { messages: question, tools: 2 });
    expect([second.isResumed, second.state, second.messages.length]).toEqual([true, { looked: 2 }, 5]);
    const { text } = await ask(second.messages, second.onStepFinish);
    expect(text).toBe('answered 5 times');
    expect(looked).toEqual([2, 3, 4]);
  });
  it('the price of a step counts towards the next checkpoint; a significant event and `save` save at once', async () => {
    const loop = await messageLoop(agent, {
      messages: question,
      usd: 0.5,
      priceUsd: (u, id) => (id === 'counts' ? (u.inputTokens ?? 0) / 500 : undefined),
    });
    await ask(loop.messages, loop.onStepFinish);
    expect(saves().map((s) => [s.trigger, s.messages?.length])).toEqual([
      ['cost', 7],
      ['cost', 12],
    ]);
    loop.significant('plan approved');
    loop.push({ role: 'user', content: 'and once more' });
    await ask(loop.messages, loop.onStepFinish, 6);
    expect(saves()[2]).toMatchObject({ trigger: 'plan approved' });
    expect(saves()[2]?.messages).toHaveLength(15);
    await loop.save('handover');
    expect(saves().at(-1)).toMatchObject({ trigger: 'handover' });
    expect(saves().at(-1)?.messages).toEqual(loop.messages);
    await agent.flush();
    expect(server.of('costs.report').flatMap((r) => r.events)[0]).toMatchObject({ costUsd: '0.200000000' });
  });
});
