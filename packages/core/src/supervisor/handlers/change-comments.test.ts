import { beforeEach, describe, expect, it } from 'vitest';
import { operator, TestFleet } from '../../../testing/index.ts';
import { changeLimits } from '../../changes/change.ts';
import { okFix, okTest } from '../../changes/testing-patches.ts';

let fleet: TestFleet;
let a: Record<'lead' | 'coder' | 'helper' | 'tester', string>;
let id: string;
beforeEach(async () => {
  fleet = new TestFleet();
  await fleet.runner();
  a = await fleet.tree<keyof typeof a>({ lead: { coder: { helper: {} }, tester: {} } });
  const { repositoryId } = await fleet.do('repositories.register', { name: 'demo', path: '/srv/demo', gates: { test: 't' } });
  const proposal = { repositoryId, agentId: a.coder, title: 'T', reason: 'R', testPatch: okTest, fixPatch: okFix };
  ({ changeId: id } = await fleet.do('changes.propose', proposal));
});
const comments = () => fleet.state.changes.get(id)?.comments ?? [];

describe('comments on a change', () => {
  it('are said by people and by agents of its line, on a line of the diff too, and decide nothing', async () => {
    const before = fleet.state.changes.get(id);
    fleet.clock.pass(1_000);
    const { commentId } = await fleet.do('changes.comment', { id, body: ' <b>why</b>? ', path: 'src/a.ts', line: 7 });
    await fleet.do('changes.comment', { id, body: 'since it subtracts' }, fleet.as(a.coder));
    await fleet.do('changes.comment', { id, body: 'I told it to' }, fleet.as(a.lead));
    await fleet.do('changes.comment', { id, body: 'from a script' }, { kind: 'project', id: fleet.projectId });
    expect(comments().map((c) => [c.byKind, c.by, c.body, c.path, c.line])).toEqual([
      ['person', 'ann', '<b>why</b>?', 'src/a.ts', 7],
      ['agent', a.coder, 'since it subtracts', null, null],
      ['agent', a.lead, 'I told it to', null, null],
      ['token', fleet.projectId, 'from a script', null, null],
    ]);
    expect(comments()[0]).toMatchObject({ id: commentId, atMs: fleet.clock.nowMs() });
    const after = fleet.state.changes.get(id);
    expect([after?.state, after?.approvals, after?.expiresAtMs]).toEqual([before?.state, before?.approvals, before?.expiresAtMs]);
    expect(after?.timeline.slice(-4).map((t) => t.text)[0]).toBe('Comment by person ann on src/a.ts:7: <b>why</b>?');
  });
  it('are those of its line alone: for another agent, and for one below that cannot read it, the change is not there', async () => {
    expect(await fleet.refused('changes.comment', { id, body: 'x' }, fleet.as(a.helper))).toMatchObject({ code: 'not_found' });
    expect(await fleet.refused('changes.comment', { id, body: 'x' }, fleet.as(a.tester))).toMatchObject({ code: 'not_found' });
    expect(await fleet.refused('changes.comment', { id: 'chg_x', body: 'x' })).toMatchObject({ code: 'not_found', kind: 'change' });
    expect(comments()).toEqual([]);
  });
  it('are said once a request, of each caller', async () => {
    const said = { id, body: 'why?', requestId: 'r' };
    const first = await fleet.do('changes.comment', said);
    expect(await fleet.do('changes.comment', said)).toEqual(first);
    expect(await fleet.do('changes.comment', said, fleet.as(a.coder))).not.toEqual(first);
    expect(comments()).toHaveLength(2);
  });
  it('stand in the audit log, and in the log of facts', async () => {
    await fleet.do('changes.comment', { id, body: 'why?' }, operator);
    expect(fleet.events('change.commented').map((e) => [e.subjectId, e.actor])).toEqual([[id, 'person:Ann']]);
    expect(fleet.state.audit.at(-1)).toMatchObject({ action: 'changes.comment', subjectKind: 'change', subjectId: id });
  });
  it('are as many as a person can read', async () => {
    for (let n = 0; n < changeLimits.comments; n++) await fleet.do('changes.comment', { id, body: `${n}` });
    expect(await fleet.refused('changes.comment', { id, body: 'x' })).toMatchObject({ code: 'limit_reached', max: 200 });
    expect(comments()).toHaveLength(200);
  });
});
