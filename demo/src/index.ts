import { mkdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { bundleAgent } from './bundle.ts';
import { placesBelow } from './fleet/settings.ts';
import { createLibrary } from './library/create.ts';
import { gateCommands, toolchain } from './library/toolchain.ts';
import { whichModel } from './model/which.ts';
import { git } from './shell/git.ts';

export type DemoLaunch = {
  /** To be registered before the launch; its id goes to the fleet as `DEMO_REPOSITORY_ID`. */
  repository: {
    name: string;
    path: string;
    branch: string;
    layers: { pattern: string; layer: number }[];
    gates: { test: string; typecheck: string };
  };
  /** How the root agent is registered and started. */
  name: string;
  role: string;
  model: string;
  metadata: { demo: true; offline: boolean; model: string; simulatedPrices: boolean };
  command: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
};

/**
 * Prepares the demo fleet: the sample repository, the hub for branches, the agents' program. Does again only what is
 * missing. `url` is where the agents find the server; launched by a runner they have it from `REEVE_URL` as well.
 */
export async function demoLaunch(options: { dataDir: string; url: string }): Promise<DemoLaunch> {
  const places = placesBelow(join(resolve(options.dataDir), 'demo'));
  const tools = toolchain();
  await mkdir(places.work, { recursive: true });
  await Promise.all([createLibrary(places.library), createHub(places.hub), bundleAgent(places.program, tools.esbuildPath)]);
  const layers = JSON.parse(await readFile(join(places.library, '.reeve', 'layers.json'), 'utf8')) as { pattern: string; layer: number }[];
  const { modelId, offline } = whichModel(process.env);
  return {
    repository: { name: 'tool-library', path: places.library, branch: 'main', layers, gates: gateCommands(tools) },
    name: 'Orchestrator',
    role: 'orchestrator',
    model: modelId,
    metadata: { demo: true, offline, model: modelId, simulatedPrices: offline },
    command: process.execPath,
    args: [places.program, 'orchestrator'],
    cwd: places.work,
    env: {
      REEVE_URL: options.url,
      DEMO_HOME: places.home,
      DEMO_TOOLS: JSON.stringify(tools),
      DEMO_AGENT_NAME: 'Orchestrator',
      ...passedOn(),
    },
  };
}

/** Settings an operator may give; keys are inherited through the runner and never stored with a launch. */
function passedOn(): Record<string, string> {
  const names = ['DEMO_PACE', 'DEMO_MAX_MODEL_CALLS', 'DEMO_MODEL', 'DEMO_OFFLINE'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
}

async function createHub(path: string): Promise<void> {
  if (await stat(join(path, 'HEAD')).catch(() => undefined)) return;
  await mkdir(path, { recursive: true });
  await git(path, ['init', '--quiet', '--bare', '--initial-branch=main']);
}

export { createLibrary } from './library/create.ts';
export { gateCommands, toolchain } from './library/toolchain.ts';
