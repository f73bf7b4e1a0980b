import type { SpawnedAgent } from '@reeve/agent';
import { type Kit, messageOf, roundMs, wasInterrupted } from '../fleet/kit.ts';
import { handedDown } from '../fleet/settings.ts';
import { questions, wordsIn } from '../model/prompts.ts';
import { count } from '../work/suite.ts';

const staff = [
  { name: 'Planner', role: 'planner', args: ['planner', 'planner'] },
  { name: 'Coding lead', role: 'lead', args: ['lead', 'coder'] },
  { name: 'Testing lead', role: 'lead', args: ['lead', 'tester'] },
  { name: 'Review lead', role: 'lead', args: ['lead', 'reviewer'] },
];

/** The root: starts the planner and the leads, then keeps an eye on them. It replaces nobody; the leads do that. */
export async function orchestrator(kit: Kit): Promise<never> {
  const { agent, settings } = kit;
  const started: SpawnedAgent[] = [];
  for (const { name, role, args } of staff) {
    await kit.step(`starting the ${name.toLowerCase()}`);
    started.push(
      await agent.spawn({
        name,
        role,
        command: process.execPath,
        args: [settings.places.program, ...args],
        cwd: settings.places.work,
        env: { ...handedDown(process.env), DEMO_AGENT_NAME: name },
        metadata: { demo: true },
      }),
    );
    await kit.linger(1_500, agent.signal);
  }
  for (let round = 0; ; round++) {
    agent.beginTurn();
    try {
      await kit.step(`supervising ${count(started.length, 'agent')} directly`);
      await kit.linger(30_000 + 2 * roundMs(round));
      const states = await Promise.all(started.map(async (child) => `${child.name}: ${(await child.view()).state}`));
      await kit.step('reading how the fleet does');
      kit.note(wordsIn(await kit.ask(questions.status({ team: 'the whole fleet', facts: `${states.join(', ')}.` }))).slice(0, 400));
    } catch (error) {
      if (!wasInterrupted(kit)) kit.note(messageOf(error));
      await kit.linger(10_000, agent.signal);
    }
  }
}
