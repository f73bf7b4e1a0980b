import { beforeEach, describe, expect, it } from 'vitest';
import { system, TestFleet } from '../../../testing/index.ts';
import { isoOf } from '../../kernel/clock.ts';
import { stuckOn } from '../../tasks/dependencies.ts';

let fleet: TestFleet;
let ann: string;
beforeEach(async () => {
  fleet = new TestFleet();
  ann = await fleet.agent('ann');
});
const add = async (title: string, more: object = {}) => (await fleet.do('tasks.add', { title, ...more })).taskId;
const depend = (id: string, o: { add?: string[]; remove?: string[] }) => fleet.do('tasks.depend', { id, ...o });
const claim = async (agentId = ann) => (await fleet.do('tasks.claim', { agentId })).taskIds[0] as string;
const settle = async (how: 'complete' | 'fail', id: string) => {
  const token = fleet.tokenOf(id);
  return how === 'complete'
    ? fleet.do('tasks.complete', { id, token })
    : fleet.do('tasks.fail', { id, token, error: 'no', retryable: false });
};
const stuck = (id: string) => stuckOn(fleet.taskOf(id), (d) => fleet.state.tasks.get(d));

describe('editing what a task waits for', () => {
  it('a ready task waits once a dependency is added, and is ready again when that is done', async () => {
    const [first, then] = [await add('first', { priority: -1 }), await add('then')];
    expect(await depend(then, { add: [first, first] })).toEqual({ taskId: then, state: 'blocked' });
    expect(fleet.taskOf(then).dependsOn).toEqual([first]);
    expect(await claim()).toBe(first);
    expect(await claim()).toBeUndefined();
    await settle('complete', first);
    expect(fleet.taskOf(then).state).toBe('ready');
  });
  it('removing the last one that is open lets it go on: at once, or at its time', async () => {
    const first = await add('first');
    const notBefore = isoOf(fleet.clock.nowMs() + 60_000);
    const [now, later] = [await add('now', { dependsOn: [first] }), await add('later', { dependsOn: [first], notBefore })];
    expect(await depend(now, { remove: [first, 'tsk_never'] })).toMatchObject({ state: 'ready' });
    expect(await depend(later, { remove: [first] })).toMatchObject({ state: 'scheduled' });
    expect(await depend(later, { add: [first] })).toMatchObject({ state: 'blocked' });
  });
  it('attempts are kept: waiting is no new start', async () => {
    const [work, other] = [await add('work'), await add('other', { priority: -1 })];
    await claim();
    await fleet.do('tasks.fail', { id: work, token: fleet.tokenOf(work), error: 'no' });
    await depend(work, { add: [other] });
    expect(fleet.taskOf(work)).toMatchObject({ state: 'blocked', attempts: 1 });
  });
  it('the same edit twice changes nothing more', async () => {
    const [first, then] = [await add('first'), await add('then')];
    await depend(then, { add: [first] });
    const seq = fleet.state.seq;
    await depend(then, { add: [first], remove: ['tsk_never'] });
    expect(fleet.state.seq).toBe(seq);
  });
  it('I-TASK-7: a circle is refused with the circle named, however long; nothing is changed', async () => {
    const a = await add('a');
    const b = await add('b', { dependsOn: [a] });
    const c = await add('c', { dependsOn: [b] });
    const d = await add('d', { dependsOn: [c] });
    expect(await fleet.refused('tasks.depend', { id: a, add: [d] })).toEqual({ code: 'would_make_cycle', cycle: [a, d, c, b, a] });
    expect(await fleet.refused('tasks.depend', { id: a, add: [a] })).toEqual({ code: 'would_make_cycle', cycle: [a, a] });
    expect(await fleet.refused('tasks.depend', { id: b, add: [c] })).toEqual({ code: 'would_make_cycle', cycle: [b, c, b] });
    expect(fleet.taskOf(a)).toMatchObject({ state: 'ready', dependsOn: [] });
    await depend(c, { remove: [b] });
    await depend(a, { add: [c] });
    expect(fleet.taskOf(a).state).toBe('blocked');
  });
  it('a task that somebody works on, or that has ended, waits for nothing new; unknown ones are named', async () => {
    const [work, other] = [await add('work'), await add('other', { priority: -1 })];
    expect(await fleet.refused('tasks.depend', { id: work, add: ['tsk_x'] })).toEqual({ code: 'not_found', kind: 'task', id: 'tsk_x' });
    await claim();
    expect(await fleet.refused('tasks.depend', { id: work, add: [other] })).toMatchObject({ code: 'illegal_transition', from: 'claimed' });
    await settle('complete', work);
    expect(await fleet.refused('tasks.depend', { id: work, add: [other] })).toMatchObject({ code: 'illegal_transition', from: 'done' });
  });
  it('agents say it of the tasks that they added alone, and not once they are fenced', async () => {
    const { taskId: mine } = await fleet.do('tasks.add', { title: 'mine' }, fleet.as(ann));
    const other = await add('other');
    expect((await fleet.ask('tasks.depend', { id: mine, add: [other] }, fleet.as(ann))).ok).toBe(true);
    expect((await fleet.refused('tasks.depend', { id: other, remove: [mine] }, fleet.as(ann))).code).toBe('forbidden');
    await fleet.do('agents.stop', { id: ann });
    expect((await fleet.refused('tasks.depend', { id: mine, remove: [other] }, fleet.as(ann))).code).toBe('fenced');
  });
});

describe('a dependency that will not finish (I-TASK-4)', () => {
  const chain = async () => {
    const first = await add('first', { maxAttempts: 1 });
    const mid = await add('mid', { dependsOn: [first] });
    return { first, mid, last: await add('last', { dependsOn: [mid] }) };
  };
  const ends: [string, string, (id: string) => Promise<unknown>][] = [
    ['failed', 'failed', async (id) => settle('fail', (await claim()) && id)],
    ['cancelled', 'cancelled', (id) => fleet.do('tasks.cancel', { id })],
    [
      'a dead letter by its lease',
      'dead-letter',
      async (id) => {
        await claim();
        fleet.clock.pass(300_000);
        await fleet.do('tasks.sweep', { taskIds: [id] }, system);
      },
    ],
    [
      'a dead letter by the end of its holder',
      'dead-letter',
      async () => {
        await claim();
        await fleet.do('agents.finish', { id: ann, outcome: 'failed' });
      },
    ],
  ];
  it.each(ends)('that is %s is named by all that wait for it, directly or further down, and told once', async (_, state, end) => {
    const t = await chain();
    expect([stuck(t.mid), stuck(t.last)]).toEqual([[], []]);
    await end(t.first);
    expect(fleet.taskOf(t.first).state).toBe(state);
    expect([stuck(t.first), stuck(t.mid), stuck(t.last)]).toEqual([[], [t.first], [t.first]]);
    expect(fleet.events('task.stuck').map((e) => [e.subjectId, e.data.on])).toEqual([
      [t.mid, t.first],
      [t.last, t.first],
    ]);
    expect([fleet.taskOf(t.mid).state, fleet.taskOf(t.last).state]).toEqual(['blocked', 'blocked']);
  });
  it('taken up again it holds nobody up any more, unless something else does', async () => {
    const t = await chain();
    const other = await add('other');
    await depend(t.last, { add: [other] });
    await fleet.do('tasks.cancel', { id: t.first });
    await fleet.do('tasks.cancel', { id: other });
    expect(stuck(t.last).sort()).toEqual([t.first, other].sort());
    await fleet.do('tasks.retry', { id: t.first });
    expect([stuck(t.mid), stuck(t.last)]).toEqual([[], [other]]);
    expect(fleet.events('task.stuck').flatMap((e) => (e.data.on === null ? [e.subjectId] : []))).toEqual([t.mid]);
  });
  it('a done one holds nobody up, and a new task that waits for a dead one says so from the start', async () => {
    const dead = await add('dead');
    await fleet.do('tasks.cancel', { id: dead });
    expect(stuck(await add('new', { dependsOn: [dead] }))).toEqual([dead]);
  });
});
