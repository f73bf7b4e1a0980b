import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestServer } from '../harness.ts';
import { type Standing, standing } from './callers.ts';
import { calls } from './calls.ts';
import { expected } from './expected.ts';
import { faults, paths, row } from './matrix.ts';
import { page } from './page.ts';

/** So many procedures share a server: each leaves some twenty worlds of agents behind, among which the next ones would be slow. */
const together = 24;
const parts = Array.from({ length: Math.ceil(paths.length / together) }, (_, i) => paths.slice(i * together, (i + 1) * together));

describe('who may call what', () => {
  it('every procedure has a call to try it with', () => {
    expect([paths.filter((p) => !calls[p]), Object.keys(calls).filter((p) => !paths.includes(p))]).toEqual([[], []]);
  });
  it('is written down for people', async () => {
    await expect(page(paths)).toMatchFileSnapshot('../../../../docs/who-may-what.md');
  });

  describe.each(parts.map((part) => [part[0], part] as const))('from %s on', (_, part) => {
    let server: TestServer;
    let who: Standing;
    beforeAll(async () => {
      server = await TestServer.start();
      who = await standing(server);
    });
    afterAll(() => server?.stop());

    it.each(part)(
      '%s',
      async (path) => {
        expect(faults(path, await row(server, path, who), expected)).toEqual([]);
      },
      180_000,
    );
    it('nothing of it was a bug of the server', () => {
      expect(server.complaints.map((c) => `${c.msg}: ${c.err?.message ?? ''}`)).toEqual([]);
    });
  });
});
