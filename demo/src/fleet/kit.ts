import { setTimeout } from 'node:timers/promises';
import { type Agent, TurnInterrupted } from '@reeve/agent';
import { type Ask, createAsk } from '../model/ask.ts';
import { chooseModel } from '../model/choose.ts';
import type { Settings } from './settings.ts';

/** What an agent of any role has at hand. */
export type Kit = {
  agent: Agent;
  settings: Settings;
  ask: Ask;
  /** Says what is done now, waits while the agent is paused, and ends the turn when it was interrupted. */
  step: (activity: string) => Promise<void>;
  /** One line in the agent's log. */
  note: (text: string) => void;
  /** Lets time pass, so that people can follow: milliseconds at pace 1, a little more or less each time. */
  linger: (ms: number, signal?: AbortSignal) => Promise<void>;
};

export function createKit(agent: Agent, settings: Settings, env: Record<string, string | undefined> = process.env): Kit {
  const choice = chooseModel(env);
  // The runner streams what is printed into the agent's log.
  const note = (text: string) => console.log(text);
  const ask = createAsk(
    choice,
    {
      callsFile: settings.places.paidCalls,
      maxPaidCalls: settings.maxPaidCalls,
      minIntervalMs: 15_000,
      maxOutputTokens: 2_000,
      pace: settings.pace,
    },
    (cost) => agent.costs.report(cost),
    note,
  );
  return {
    agent,
    settings,
    note,
    ask: (question, options) => {
      agent.toolExecuted();
      return ask(question, { signal: agent.turnSignal, ...options });
    },
    async step(activity) {
      await agent.whenRunning();
      agent.turnSignal.throwIfAborted();
      agent.setActivity(activity);
    },
    linger: (ms, signal = agent.turnSignal) => setTimeout(ms * settings.pace * (0.8 + 0.4 * Math.random()), undefined, { signal }),
  };
}

/**
 * Whether only the turn was ended, whatever error carried the news: timers, child processes and model clients each
 * wrap an abort in an error of their own. A stop is thrown on, since it ends the agent.
 */
export function wasInterrupted(kit: Kit): boolean {
  kit.agent.signal.throwIfAborted();
  return kit.agent.turnSignal.reason instanceof TurnInterrupted;
}
export const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error)).slice(0, 2_000);

/**
 * What becomes slower with every round: a fleet that nobody stops over the weekend must not fill the database. The
 * first half hour is lively, then rounds come every three minutes, after two hours every quarter of an hour.
 */
export function roundMs(round: number): number {
  if (round < 30) return 60_000;
  if (round < 60) return 180_000;
  return 900_000;
}
/** About four days after a start; then the fleet rests until `main` moves. */
export const maxRounds = 400;
