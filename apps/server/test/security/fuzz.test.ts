import { expect, it, vi } from 'vitest';
import { projectToken, TestServer } from '../harness.ts';
import { fuzz } from './fuzz.ts';

const requests = Number(process.env.REEVE_FUZZ_REQUESTS ?? 1_000);
const seed = Number(process.env.REEVE_FUZZ_SEED ?? 20_261_126);
vi.setConfig({ testTimeout: 60_000 + requests * 100, hookTimeout: 60_000 });

it(`${requests} requests from the OpenAPI document: no 5xx, nothing told of our insides, nothing changed by what is refused`, async () => {
  const server = await TestServer.start();
  try {
    const agent = await server.agent();
    const { token: runner } = await server.ok(
      // of this host, so that proposals of changes have somebody to check them
      server.post('/runners', { name: 'local', host: 'h', pid: 7, startTime: '1', containment: 'none' }),
    );
    // mostly as one who may, so that calls get further than the door
    const tokens = [projectToken, projectToken, projectToken, projectToken, agent.token, runner, 'rv_nobody-has-this-one', null];
    const report = await fuzz(server, tokens, { requests, seed });
    console.info(`fuzz, seed ${seed}: ${JSON.stringify({ ...report, faults: report.faults.length })}`);
    expect(report.faults).toEqual([]);
    expect(server.complaints.map((c) => `${c.msg}: ${c.err?.message ?? ''}`)).toEqual([]);
    // it got somewhere: a run that is only refused would show nothing
    expect(report.wrote).toBeGreaterThan(requests / 100);
  } finally {
    await server.stop();
  }
});
