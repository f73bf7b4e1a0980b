import type { Actor, Command, CommandType } from '@reeve/core';
import { operator, TestFleet } from '@reeve/core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { FreshFences } from '../../src/ingest/fresh-fences.ts';

let fleet: TestFleet;
let fences: FreshFences;
let nowMs: number;
let a: Record<'lead' | 'coder' | 'other', string>;
beforeEach(async () => {
  fleet = new TestFleet();
  nowMs = 0;
  fences = new FreshFences(() => nowMs);
  a = await fleet.tree<keyof typeof a>({ lead: { coder: {} }, other: {} });
});
const command = (type: CommandType, input: object, actor: Actor) => ({ type, input, actor }) as unknown as Command;
/** Decided and committed, as the writer does it. */
const tell = async (...commands: Command[]) => {
  const { commit, results } = await fleet.supervisor.executeBatch(fleet.projectId, commands);
  expect(results.filter((r) => !r.ok)).toEqual([]);
  fences.committed(commit);
};
const stop = (id: string) =>
  tell(
    command(
      'agents.stop',
      { id, mode: 'graceful', graceMs: 1_000, killConfirmMs: 1_000, reason: 'enough', dryRun: false, propagation: 'foreground' },
      operator,
    ),
  );
const claim = (id: string, actor = fleet.as(id)) => command('tasks.claim', { agentId: id, labels: [], limit: 1, leaseMs: 60_000 }, actor);
const asked = [
  ['tasks.claim', { labels: [], limit: 1, leaseMs: 60_000 }],
  ['locks.acquire', { name: 'x', permits: 1, priority: 0, blocking: true, leaseMs: 60_000, waitMs: 0 }],
  ['barriers.wait', { name: 'x', parties: 1, onPartyDeath: 'break', partyIds: [], blocking: true, waitMs: 0 }],
  ['agents.wait', { id: 'agt_x', blocking: true, waitMs: 0 }],
  ['tasks.wait', { id: 'tsk_x', blocking: true, waitMs: 0 }],
] as const;

describe('what a stop has fenced a moment ago', () => {
  it.each(asked)('%s is refused with the words that the store has for it', async (type, input) => {
    await stop(a.lead);
    for (const id of [a.lead, a.coder]) {
      const its = command(type, { ...input, agentId: id }, fleet.as(id));
      const told = fences.refusalOf(its);
      expect(told).toMatchObject({ code: 'fenced', reason: 'enough' });
      expect((await fleet.batch([its]))[0]).toEqual({ ok: false, error: told });
    }
  });
  it('others, other words and words of others go the ordinary way', async () => {
    expect(fences.refusalOf(claim(a.coder))).toBeUndefined();
    await stop(a.lead);
    expect(fences.refusalOf(claim(a.other))).toBeUndefined();
    expect(fences.refusalOf(command('agents.heartbeat', { id: a.coder }, fleet.as(a.coder)))).toBeUndefined();
    expect(fences.refusalOf(command('agents.finish', { id: a.coder, outcome: 'stopped' }, fleet.as(a.coder)))).toBeUndefined();
    // an agent that may not know of another is not told of its fence
    expect(fences.refusalOf(claim(a.other, fleet.as(a.lead)))).toBeUndefined();
    expect(fences.refusalOf(claim(a.coder, operator))).toBeUndefined();
  });
  it('is known for some seconds, and then the store alone says it', async () => {
    await stop(a.lead);
    nowMs = 4_999;
    expect(fences.refusalOf(claim(a.coder))).toBeDefined();
    nowMs = 5_000;
    expect(fences.refusalOf(claim(a.coder))).toBeUndefined();
    expect((await fleet.batch([claim(a.coder)]))[0]).toMatchObject({ ok: false, error: { code: 'fenced' } });
  });
});
