import { beforeEach, describe, expect, it } from 'vitest';
import { operator, TestFleet } from '../../../testing/index.ts';
import type { Actor, Command } from '../commands.ts';

let fleet: TestFleet;
beforeEach(() => {
  fleet = new TestFleet();
});
type Line = { key: string; dependsOn?: string[]; title?: string; labels?: string[] };
const lines = (tasks: Line[]) =>
  tasks.map(({ key, dependsOn = [], title = key, labels = [] }) => ({ key, dependsOn, title, labels, priority: 0, maxAttempts: 3 }));
const bring = async (tasks: Line[], source = 'board', actor: Actor = operator) => {
  const command = { type: 'tasks.import', input: { source, tasks: lines(tasks) }, actor } as unknown as Command;
  return (await fleet.batch([command]))[0] as {
    ok: true;
    value: { added: number; existing: number; results: { key: string; taskId: string; added: boolean }[] };
  };
};
const byTitle = (title: string) => [...fleet.state.tasks.values()].find((t) => t.title === title);

describe('an import', () => {
  it('adds each task after those that it waits for, and answers in the order that it was told', async () => {
    const { ok, value } = await bring([
      { key: 'ship', dependsOn: ['build', 'test', 'build'] },
      { key: 'test', dependsOn: ['build'] },
      { key: 'build', labels: ['ci'] },
    ]);
    expect(ok).toBe(true);
    const [ship, test, build] = ['ship', 'test', 'build'].map((k) => byTitle(k));
    expect(value).toEqual({
      added: 3,
      existing: 0,
      results: [
        { key: 'ship', taskId: ship?.id, added: true },
        { key: 'test', taskId: test?.id, added: true },
        { key: 'build', taskId: build?.id, added: true },
      ],
    });
    expect(ship?.id).toMatch(/^tsk_/);
    expect(ship).toMatchObject({ state: 'blocked', dependsOn: [build?.id, test?.id], parentTaskId: null, requestId: 'import/board/ship' });
    expect(test).toMatchObject({ state: 'blocked', dependsOn: [build?.id] });
    expect(build).toMatchObject({ state: 'ready', dependsOn: [], labels: ['ci'], createdBy: 'person:Ann' });
    expect(fleet.events('task.added').map((e) => e.data)).toEqual([
      { title: 'build', state: 'ready' },
      { title: 'test', state: 'blocked' },
      { title: 'ship', state: 'blocked' },
    ]);
  });
  it('again finds what is there, whoever brings it, and adds what is new; another source is another', async () => {
    await bring([{ key: 'a' }]);
    const runner = await fleet.agent('importer');
    const again = await bring(
      [
        { key: 'a', title: 'changed' },
        { key: 'b', dependsOn: ['a'] },
      ],
      'board',
      fleet.as(runner),
    );
    expect(again.value).toMatchObject({
      added: 1,
      existing: 1,
      results: [
        { key: 'a', added: false },
        { key: 'b', added: true },
      ],
    });
    expect(again.value.results[0]?.taskId).toBe(byTitle('a')?.id);
    expect(byTitle('b')?.dependsOn).toEqual([byTitle('a')?.id]);
    expect(byTitle('changed')).toBeUndefined();
    expect((await bring([{ key: 'a' }], 'elsewhere')).value).toMatchObject({ added: 1, existing: 0 });
    expect(fleet.state.tasks.size).toBe(3);
  });
  it('may wait for a task of the board by its id, done or not', async () => {
    const { taskId: open } = await fleet.do('tasks.add', { title: 'open' });
    const worker = await fleet.agent('worker');
    await fleet.do('tasks.claim', { agentId: worker });
    const { taskId: more } = await fleet.do('tasks.add', { title: 'more' });
    await fleet.do('tasks.complete', { id: open, token: fleet.tokenOf(open) });
    await bring([
      { key: 'after', dependsOn: [open] },
      { key: 'both', dependsOn: [open, more] },
    ]);
    expect(byTitle('after')).toMatchObject({ state: 'ready', dependsOn: [open] });
    expect(byTitle('both')).toMatchObject({ state: 'blocked', dependsOn: [open, more] });
  });
  it('is refused whole: for what it waits for and nobody knows, for a circle, for a key twice', async () => {
    const seq = fleet.state.seq;
    expect(await bring([{ key: 'a' }, { key: 'b', dependsOn: ['a', 'nowhere'] }])).toEqual({
      ok: false,
      error: { code: 'not_found', kind: 'task', id: 'nowhere' },
    });
    expect(
      await bring([
        { key: 'a', dependsOn: ['b'] },
        { key: 'b', dependsOn: ['a'] },
      ]),
    ).toMatchObject({ ok: false, error: { code: 'would_make_cycle' } });
    expect(await bring([{ key: 'a' }, { key: 'a' }])).toMatchObject({ ok: false, error: { code: 'invalid_input' } });
    expect([fleet.state.tasks.size, fleet.state.seq]).toEqual([0, seq]);
  });
  it('asks for nothing more of what is there already', async () => {
    await bring([{ key: 'a' }]);
    // what it once waited for may be gone from the list by now
    expect((await bring([{ key: 'a', dependsOn: ['nowhere'] }])).value).toMatchObject({ added: 0, existing: 1 });
  });
  it('I-STOP-1: is not for an agent under a fence, or one that is not there', async () => {
    const id = await fleet.agent('x');
    const actor = fleet.as(id);
    await fleet.do('agents.stop', { id });
    expect(await bring([{ key: 'a' }], 'board', actor)).toMatchObject({ ok: false, error: { code: 'fenced' } });
    const nobody: Actor = { kind: 'agent', id: 'agt_x', epoch: 1, path: ['agt_x'] };
    expect(await bring([{ key: 'a' }], 'board', nobody)).toMatchObject({ ok: false, error: { code: 'not_found', kind: 'agent' } });
    expect(fleet.state.tasks.size).toBe(0);
  });
});
