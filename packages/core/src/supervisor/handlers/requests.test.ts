import { beforeEach, describe, expect, it } from 'vitest';
import { operator, TestFleet } from '../../../testing/index.ts';
import type { Actor } from '../commands.ts';

let fleet: TestFleet;
let a: Record<'lead' | 'ann' | 'bob', string>;
beforeEach(async () => {
  fleet = new TestFleet();
  a = await fleet.tree<'lead' | 'ann' | 'bob'>({ lead: { ann: {}, bob: {} } });
});
const bo: Actor = { kind: 'person', id: 'bo', name: 'Bo' };
const token: Actor = { kind: 'project', id: 'ann' };

describe('a request id belongs to whoever chose it', () => {
  it('agents: two that use the same one get a child each, and each its own again after a lost reply', async () => {
    const ask = (id: string) => fleet.do('agents.register', { name: 'child', requestId: '1' }, fleet.as(id));
    const [mine, other] = [await ask(a.ann), await ask(a.bob)];
    expect(fleet.agentOf(mine.agentId).parentId).toBe(a.ann);
    expect(fleet.agentOf(other.agentId).parentId).toBe(a.bob);
    expect((await ask(a.ann)).agentId).toBe(mine.agentId);
    expect((await ask(a.bob)).agentId).toBe(other.agentId);
    expect(fleet.state.agents.size).toBe(5);
  });
  it('agents: one caller that uses it under two parents gets two', async () => {
    const ask = async (parentId: string | null) => (await fleet.do('agents.register', { name: 'child', parentId, requestId: '1' })).agentId;
    const ids = [await ask(a.ann), await ask(a.bob), await ask(null)];
    expect(new Set(ids).size).toBe(3);
    expect([await ask(a.ann), await ask(a.bob), await ask(null)]).toEqual(ids);
  });
  it('tasks: nobody is handed the task of another', async () => {
    const add = async (title: string, actor: Actor) => (await fleet.do('tasks.add', { title, requestId: '1' }, actor)).taskId;
    const callers: [string, Actor][] = [
      ['of ann', fleet.as(a.ann)],
      ['of bob', fleet.as(a.bob)],
      ['of the operator', operator],
      ['of another person', bo],
      ['of a token that is called as the operator is', token],
    ];
    const ids = [];
    for (const [title, actor] of callers) ids.push(await add(title, actor));
    expect(ids.map((id) => fleet.taskOf(id).title)).toEqual(callers.map(([title]) => title));
    for (const [i, [title, actor]] of callers.entries()) expect(await add(title, actor)).toBe(ids[i]);
  });
  it('changes: of each proposer', async () => {
    await fleet.runner();
    const { repositoryId } = await fleet.do('repositories.register', { name: 'r', path: '/r', gates: { test: 't' } });
    const propose = async (agentId: string) => {
      const change = { repositoryId, agentId, title: 't', reason: 'r', testPatch: '', fixPatch: '', requestId: '1' };
      return (await fleet.do('changes.propose', change)).changeId;
    };
    const ids = [await propose(a.ann), await propose(a.bob)];
    expect(new Set(ids).size).toBe(2);
    expect([await propose(a.ann), await propose(a.bob)]).toEqual(ids);
  });
});
