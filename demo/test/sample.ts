import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Agent } from '@reeve/agent';
import type { Kit } from '../src/fleet/kit.ts';
import { placesBelow, type Settings } from '../src/fleet/settings.ts';
import { createLibrary, toolchain } from '../src/index.ts';
import { createAsk } from '../src/model/ask.ts';
import { offlineChoice } from '../src/model/choose.ts';
import { git } from '../src/shell/git.ts';

/** A sample repository with its hub, in a folder with a space in its name. */
export async function sample(): Promise<{ settings: Settings; remove: () => Promise<void> }> {
  const home = await mkdtemp(join(tmpdir(), 'reeve demo '));
  const places = placesBelow(home);
  await createLibrary(places.library);
  await git(home, ['init', '--quiet', '--bare', '--initial-branch=main', places.hub]);
  const settings = { places, tools: toolchain(), repositoryId: 'repository', pace: 0, maxPaidCalls: 0 };
  return { settings, remove: () => rm(home, { recursive: true, force: true }) };
}

/** A kit without a server: steps and notes are collected, time does not pass. */
export function kitWithoutServer(settings: Settings): { kit: Kit; said: string[] } {
  const said: string[] = [];
  const signal = new AbortController().signal;
  const agent = { name: 'Test (coder)', signal, turnSignal: signal, toolExecuted() {} } as unknown as Agent;
  const limits = { callsFile: settings.places.paidCalls, maxPaidCalls: 0, minIntervalMs: 0, maxOutputTokens: 2_000, pace: 0 };
  const ask = createAsk(
    offlineChoice(0),
    limits,
    () => {},
    (text) => said.push(text),
  );
  const say = async (text: string) => void said.push(text);
  return { kit: { agent, settings, ask, step: say, note: (text) => void said.push(text), linger: async () => {} }, said };
}
