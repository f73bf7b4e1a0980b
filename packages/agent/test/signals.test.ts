import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakeServer } from './fake-server.ts';

let server: FakeServer;
beforeEach(async () => {
  server = await new FakeServer({
    'agents.register': () => ({ agentId: 'a', token: 't', epoch: 1, leaseMs: 15_000, sessionId: 'a' }),
    'agents.heartbeats': ({ beats }) => ({ leaseMs: 15_000, directives: beats.map((b) => ({ agentId: b.agentId, directive: 'run' })) }),
    'agents.finish': ({ outcome }) => ({ state: outcome }),
    'costs.report': ({ events }) => ({ accepted: events.length, duplicates: 0, conflicts: [], budgets: [] }),
  }).start();
});
afterEach(() => server.stop());

it.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('%s ends the agent in order, then the process', async (signal, code) => {
  const program = fileURLToPath(new URL('fixtures/waits-for-stop.ts', import.meta.url));
  const env = { ...process.env, REEVE_URL: server.url, REEVE_TOKEN: 'p', REEVE_LAUNCHED: '', REEVE_AGENT_ID: '' };
  const child = spawn(process.execPath, ['--import', 'tsx', program], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill(signal);
  const [exitCode] = await once(child, 'exit');
  expect(exitCode).toBe(code);
  expect(server.calls.map((c) => c.path).filter((p) => p !== 'agents.heartbeats')).toEqual([
    'agents.register',
    'costs.report',
    'agents.finish',
  ]);
  expect(server.of('agents.finish')).toMatchObject([{ outcome: 'stopped' }]);
});
