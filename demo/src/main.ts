import { AgentStopped, supervise } from '@reeve/agent';
import { createKit } from './fleet/kit.ts';
import { settingsFrom } from './fleet/settings.ts';
import { lead } from './roles/lead.ts';
import { orchestrator } from './roles/orchestrator.ts';
import { planner } from './roles/planner.ts';
import { toolsmith } from './roles/toolsmith.ts';
import { type Team, work } from './roles/worker.ts';

/**
 * The program of every agent in the demo fleet: `agent.mjs <role> [place]`. A runner launches it, so the registration
 * is there already; started by hand with `REEVE_TOKEN` it registers by itself.
 */
const [role = 'orchestrator', place = role] = process.argv.slice(2);
const settings = settingsFrom(process.env);
const name = process.env.DEMO_AGENT_NAME ?? role;
const shiftMs = Number(process.env.DEMO_SHIFT_MS ?? Number.POSITIVE_INFINITY) * settings.pace;

const agent = await supervise({ name, role });
const kit = createKit(agent, settings);
agent.onStop((notice) => kit.note(`ending: ${notice.reason || notice.cause}`));
try {
  const tally = await perform();
  await agent.finish({ result: { shiftOver: true, ...tally } });
} catch (error) {
  const stopped = agent.isStopping || error instanceof AgentStopped;
  if (!stopped) console.error(error);
  await agent.finish(stopped ? { outcome: 'stopped' } : { outcome: 'failed', error }).catch(() => {});
  process.exitCode = stopped ? 0 : 1;
}
process.exit();

async function perform(): Promise<{ done: number; failed: number }> {
  switch (role) {
    case 'orchestrator':
      return orchestrator(kit);
    case 'planner':
      return planner(kit, place);
    case 'lead':
      return lead(kit, place);
    case 'toolsmith':
      return toolsmith(kit, place);
    case 'coder':
    case 'tester':
    case 'reviewer':
      return work(kit, role satisfies Team, place, shiftMs);
    default:
      throw new Error(`there is no role ${role}`);
  }
}
