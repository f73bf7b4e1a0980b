import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LanguageModelV3 } from '@ai-sdk/provider';
import { describe, expect, it } from 'vitest';
import { type CallCost, createAsk, simulatedCostUsd } from '../src/model/ask.ts';
import { chooseModel, offlineChoice } from '../src/model/choose.ts';
import { questions } from '../src/model/prompts.ts';

const plan = (failing: string[]) => questions.plan({ tools: ['csv', 'text'], failing, open: 3 });
const limits = () => ({
  callsFile: join(tmpdir(), `paid-${process.pid}-${Math.random()}`),
  maxPaidCalls: 2,
  minIntervalMs: 0,
  maxOutputTokens: 100,
  pace: 0,
});

describe('the scripted model', () => {
  it('answers through the AI SDK with usage, and its cost is simulated at the stated price', async () => {
    const costs: CallCost[] = [];
    const ask = createAsk(
      offlineChoice(0),
      limits(),
      (cost) => costs.push(cost),
      () => {},
    );
    expect(await ask(plan(['csv-doubled-quotes']))).toContain('csv-doubled-quotes');
    const [cost] = costs;
    expect(cost).toMatchObject({ model: 'offline-scripted', provider: 'offline' });
    expect(cost?.inputTokens).toBeGreaterThan(100);
    expect(cost?.outputTokens).toBeGreaterThan(20);
    expect(cost?.costUsd).toBe(simulatedCostUsd(cost?.inputTokens ?? 0, cost?.outputTokens ?? 0));
  });

  it('depends on the question', async () => {
    const ask = createAsk(
      offlineChoice(0),
      limits(),
      () => {},
      () => {},
    );
    expect(await ask(plan([]))).not.toBe(await ask(plan(['text-too-long'])));
  });

  it('stops thinking when the agent is stopped', async () => {
    const ask = createAsk(
      offlineChoice(1),
      limits(),
      () => {},
      () => {},
    );
    const stop = new AbortController();
    const answer = ask(plan([]), { signal: stop.signal });
    stop.abort(new Error('stopped')); // it thinks already: `ask` has begun
    await expect(answer).rejects.toThrow();
  });
});

it('prices exactly: 3 USD a million in, 15 out', () => {
  expect(simulatedCostUsd(1_000_000, 1_000_000)).toBe('18.000000');
  expect(simulatedCostUsd(1, 1)).toBe('0.000018');
});

describe('a paid model', () => {
  const paid = (doGenerate: LanguageModelV3['doGenerate']) => {
    const model = { ...offlineChoice(0).model, provider: 'anthropic', modelId: 'paid', doGenerate };
    return { model, modelId: 'paid', provider: 'anthropic', offline: false };
  };
  const answer: LanguageModelV3['doGenerate'] = async () => ({
    content: [{ type: 'text', text: 'from afar' }],
    finishReason: { unified: 'stop', raw: 'stop' },
    usage: {
      inputTokens: { total: 90, noCache: 50, cacheRead: 40, cacheWrite: undefined },
      outputTokens: { total: 7, text: 7, reasoning: undefined },
    },
    warnings: [],
  });

  it('takes the same road, leaves the price to the server, and stops at its limit', async () => {
    const costs: CallCost[] = [];
    const own = limits();
    const ask = createAsk(
      paid(answer),
      own,
      (cost) => costs.push(cost),
      () => {},
    );
    expect(await ask(plan([]))).toBe('from afar');
    await ask(plan([]));
    await ask(plan([]));
    expect(costs.map((c) => c.model)).toEqual(['paid', 'paid', 'offline-scripted']);
    expect(costs[0]).toMatchObject({ inputTokens: 90, cachedInputTokens: 40, outputTokens: 7 });
    expect(costs[0]).not.toHaveProperty('costUsd');
    expect(await readFile(own.callsFile, 'utf8')).toBe('..');
  });

  it('speaks to its provider, and what the provider says of usage is what is reported', async () => {
    const asked: { model?: string; system?: unknown }[] = [];
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const part of request) body += part;
      asked.push(JSON.parse(body));
      const usage = { input_tokens: 31, output_tokens: 5, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 };
      const content = [{ type: 'text', text: 'APPROVE it is fine' }];
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          id: 'm',
          type: 'message',
          role: 'assistant',
          model: 'claude-haiku-4-5',
          content,
          stop_reason: 'end_turn',
          stop_sequence: null,
          usage,
        }),
      );
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    process.env.ANTHROPIC_BASE_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    try {
      const costs: CallCost[] = [];
      const ask = createAsk(
        chooseModel({ ANTHROPIC_API_KEY: 'key' }),
        limits(),
        (cost) => costs.push(cost),
        () => {},
      );
      expect(await ask(questions.review({ branch: 'fix/x', diff: '+1', run: '1 test passed' }))).toBe('APPROVE it is fine');
      expect(asked[0]?.model).toBe('claude-haiku-4-5');
      expect(JSON.stringify(asked[0]?.system)).toContain('You are a reviewer');
      expect(costs[0]).toMatchObject({ model: 'claude-haiku-4-5', provider: 'anthropic', inputTokens: 31, outputTokens: 5 });
    } finally {
      delete process.env.ANTHROPIC_BASE_URL;
      server.closeAllConnections();
      server.close();
    }
  });

  it('that does not answer is replaced, the log says so, and after two failures it is left alone', async () => {
    const notes: string[] = [];
    const ask = createAsk(
      paid(() => Promise.reject(new Error('no network'))),
      { ...limits(), maxPaidCalls: 9 },
      () => {},
      (text) => notes.push(text),
    );
    expect(await ask(plan([]))).toContain('Nothing that was reported fails');
    await ask(plan([]));
    await ask(plan([]));
    expect(notes).toHaveLength(2);
    expect(notes[0]).toContain('no network');
  });
});

it('chooses by the keys in the environment', () => {
  expect(chooseModel({})).toMatchObject({ modelId: 'offline-scripted', offline: true });
  expect(chooseModel({ ANTHROPIC_API_KEY: 'k' })).toMatchObject({ provider: 'anthropic', offline: false });
  expect(chooseModel({ OPENAI_API_KEY: 'k', DEMO_MODEL: 'gpt-5-nano' })).toMatchObject({ provider: 'openai', modelId: 'gpt-5-nano' });
  expect(chooseModel({ ANTHROPIC_API_KEY: 'k', DEMO_OFFLINE: '1' }).offline).toBe(true);
});
