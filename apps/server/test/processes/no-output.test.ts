import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../database/support.ts';
import { RunnerProcess } from './runner-process.ts';
import { ServerProcess } from './server-process.ts';

let server: ServerProcess;
beforeAll(async () => {
  server = await ServerProcess.start();
}, 60_000);
afterAll(async () => server?.remove());

it('a server whose output nobody reads any more goes on, and Ctrl-C ends it as any other', { timeout: 120_000 }, async () => {
  server.closeOutput();
  const { agentId } = await server.ok('POST', '/agents', { name: 'seen' });
  expect(await server.stop()).toBe(0);
  // what it had is there, so it closed its database in order
  await server.up();
  expect((await server.ok('GET', `/agents/${agentId}`)).name).toBe('seen');
});

it('so does a runner, whatever its command says: it is heard by the server, and stopped as any other', { timeout: 120_000 }, async () => {
  const runner = await RunnerProcess.start(server, ['bash', '-c', 'while sleep 0.05; do echo again; done']);
  const lines = async () => (await server.ok('GET', `/agents/${runner.rootId}/logs?limit=1000`)).items.length;
  await until(async () => (await lines()) > 0, 'its first line', 30_000);
  runner.closeOutput();
  const before = await lines();
  await until(async () => (await lines()) > before + 10, 'what it says then', 30_000);
  await server.ok('POST', `/agents/${runner.rootId}/stop`, { reason: 'over', graceMs: 1_000 });
  await until(async () => (await server.ok('GET', `/agents/${runner.rootId}`)).state === 'stopped', 'its end', 30_000);
  await runner.stop();
});
