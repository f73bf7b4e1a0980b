import { join } from 'node:path';
import { type Toolchain, toolchain } from '../library/toolchain.ts';

/** Where the fleet keeps its things; all of it below `<dataDir>/demo`. */
export type Places = {
  home: string;
  /** The sample repository. */
  library: string;
  /** Clones, one a place in a team, however many agents take that place one after another. */
  work: string;
  /** A bare repository through which coders hand branches to reviewers. */
  hub: string;
  /** The program of all agents, in one file. */
  program: string;
  /** One byte for each paid model call. */
  paidCalls: string;
};

export const placesBelow = (home: string): Places => ({
  home,
  library: join(home, 'tool-library'),
  work: join(home, 'work'),
  hub: join(home, 'work', 'hub.git'),
  program: join(home, 'agent.mjs'),
  paidCalls: join(home, 'paid-model-calls'),
});

export type Settings = {
  places: Places;
  tools: Toolchain;
  /** Empty where the server has not registered the sample repository: then nothing is proposed. */
  repositoryId: string;
  /** 1 is pleasant to watch; tests take less. */
  pace: number;
  maxPaidCalls: number;
};

/** What an agent of the fleet reads from its environment; `settingsFor` wrote it. */
export function settingsFrom(env: Record<string, string | undefined>): Settings {
  const home = env.DEMO_HOME;
  if (!home) throw new Error('DEMO_HOME is not set: agents of the demo are started by its orchestrator');
  return {
    places: placesBelow(home),
    tools: env.DEMO_TOOLS ? (JSON.parse(env.DEMO_TOOLS) as Toolchain) : toolchain(),
    repositoryId: env.DEMO_REPOSITORY_ID ?? '',
    pace: positive(env.DEMO_PACE, 1),
    maxPaidCalls: positive(env.DEMO_MAX_MODEL_CALLS, 400),
  };
}

/** Handed down from agent to agent. Keys are not in it: launches are stored, and keys must not be. */
export const settingNames = [
  'DEMO_HOME',
  'DEMO_TOOLS',
  'DEMO_REPOSITORY_ID',
  'DEMO_PACE',
  'DEMO_MAX_MODEL_CALLS',
  'DEMO_MODEL',
  'DEMO_OFFLINE',
];

export function handedDown(env: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(settingNames.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

function positive(text: string | undefined, otherwise: number): number {
  const value = Number(text);
  return text && Number.isFinite(value) && value > 0 ? value : otherwise;
}
