import { beforeEach, describe, expect, it } from 'vitest';
import { gone, system, TestFleet } from '../../../testing/test-fleet.ts';
import { cutMissing, cutState, cutWindowMs } from '../../checkpoints/cut.ts';

let fleet: TestFleet;
let runner: string;
let lead: string;
let coder: string;
let tester: string;
beforeEach(async () => {
  fleet = new TestFleet();
  runner = await fleet.runner();
  lead = await fleet.launched('lead', runner);
  coder = await fleet.launched('coder', runner, lead);
  tester = await fleet.launched('tester', runner, coder);
});
const save = async (id: string, sequence = 1) =>
  (await fleet.do('checkpoints.save', { id, sequence, state: { n: sequence }, trigger: 'asked' })).checkpointId;
const ask = async (id = lead): Promise<string> => {
  const { cutId } = await fleet.do('agents.checkpoint', { id, subtree: true, reason: 'before the upgrade' });
  return cutId as string;
};
/** A cut that all three have saved for. */
const whole = async (): Promise<string> => {
  const cut = await ask();
  for (const id of [lead, coder, tester]) {
    fleet.clock.pass(100);
    await save(id);
  }
  return cut;
};
const cutOf = (id: string) => {
  const cut = fleet.state.cuts.get(id);
  if (!cut) throw new Error(`no cut ${id}`);
  return cut;
};
const launches = async () => {
  const { orders } = await fleet.poll(runner);
  await fleet.poll(
    runner,
    orders.map((o) => o.orderId),
  );
  return orders.flatMap((o) => (o.kind === 'launch' ? [o] : []));
};
const tick = () => fleet.do('cuts.tick', {}, system);
/** The process of an epoch comes up and reports. */
const up = async (agentId: string, epoch: number) => {
  await fleet.report(runner, { kind: 'started', agentId, epoch, pid: 200 + epoch, startTime: '9', containment: 'cgroup' });
  await fleet.beat(agentId, { epoch });
};
const stateOf = (id: string) => {
  const { agents, checkpoints, leases } = fleet.state;
  return cutState(
    cutOf(id),
    {
      agentOf: (agentId) => {
        const a = agents.get(agentId);
        const saves = (leases.get(agentId)?.checkpoint?.savedAtMs ?? null) !== null;
        return a && { epoch: a.epoch, state: a.state, ended: a.endedAtMs !== null, savesCheckpoints: saves };
      },
      isKept: (checkpointId) => checkpoints.has(checkpointId),
    },
    fleet.clock.nowMs(),
  );
};

describe('a subtree that is asked to save', () => {
  it('forms a cut of all its members, and is complete once each has saved for it', async () => {
    const other = await fleet.agent('other');
    const cut = await ask();
    expect(stateOf(cut)).toBe('forming');
    await save(other);
    await save(lead);
    fleet.clock.pass(70);
    await save(coder);
    expect(stateOf(cut)).toBe('forming');
    const last = await save(tester);
    expect(stateOf(cut)).toBe('complete');
    expect(cutOf(cut).members.map((m) => [m.name, m.epoch, m.checkpointId !== null])).toEqual([
      ['lead', 1, true],
      ['coder', 1, true],
      ['tester', 1, true],
    ]);
    expect(fleet.events('checkpoint.cut-complete', lead).map((e) => e.data)).toEqual([{ cutId: cut, members: 3, spanMs: 70 }]);
    await save(tester, 2);
    expect(cutOf(cut).members[2]?.checkpointId).toBe(last);
  });
  it('of one agent alone, or without the word subtree, forms none', async () => {
    expect(await fleet.do('agents.checkpoint', { id: lead, reason: '' })).toEqual({ agents: 1, cutId: null });
    expect(fleet.state.cuts.size).toBe(0);
  });
  it('who was asked before is asked once, and its answer belongs to each cut that was asked meanwhile', async () => {
    await fleet.do('agents.checkpoint', { id: coder, reason: 'alone' });
    const [first, second] = [await ask(), await ask()];
    expect(fleet.events('checkpoint.asked', coder)).toHaveLength(1);
    for (const id of [lead, coder, tester]) await save(id);
    expect([stateOf(first), stateOf(second)]).toEqual(['complete', 'complete']);
    const third = await ask();
    await save(coder, 2);
    expect(cutOf(third).members.filter((m) => m.checkpointId !== null)).toHaveLength(1);
    expect(cutOf(first).members[1]?.checkpointId).not.toBe(cutOf(third).members[1]?.checkpointId);
  });
  it('is partial where one ended, began anew or did not answer in time, and says who and why', async () => {
    const cut = await ask();
    await save(lead);
    await fleet.do('agents.finish', { id: tester, outcome: 'completed' });
    expect(stateOf(cut)).toBe('forming');
    fleet.clock.pass(cutWindowMs + 1);
    await save(coder);
    expect(stateOf(cut)).toBe('partial');
    const facts = {
      agentOf: (id: string) => ({ epoch: id === coder ? 1 : 2, state: 'running' as const, ended: id === tester, savesCheckpoints: false }),
      isKept: () => true,
    };
    const { members } = cutOf(cut);
    expect(members.map((m) => cutMissing(m, 0, facts, cutWindowMs + 1))).toEqual([null, 'never-saves', 'ended']);
    expect(members.slice(1, 2).map((m) => cutMissing({ ...m, epoch: 7 }, 0, facts, 0))).toEqual(['began-anew']);
  });
  it('has expired once a checkpoint of it was pruned', async () => {
    const cut = await whole();
    let n = 1;
    const saveMany = async () => {
      for (let i = 0; i < 10; i++) await save(coder, ++n);
    };
    // what belongs to one of the newest cuts is kept however much comes after it
    for (let later = 0; later < 2; later++) {
      await saveMany();
      await ask();
    }
    await saveMany();
    expect(stateOf(cut)).toBe('complete');
    await ask();
    await saveMany();
    expect(stateOf(cut)).toBe('expired');
    expect(await fleet.refused('cuts.restore', { id: cut })).toMatchObject({ code: 'illegal_transition' });
    expect((await fleet.do('cuts.preview', { id: cut })).leftOut.map((l) => [l.name, l.why])).toEqual([
      ['coder', 'its checkpoint was pruned'],
      ['tester', 'its parent is left out'],
    ]);
  });
});

describe('a restore of a cut', () => {
  it('I-CKPT-7: fences every old epoch before any process is ordered, then starts parents before children', async () => {
    const cut = await whole();
    const zombies = [lead, coder, tester].map((id) => fleet.as(id));
    const { taskId } = await fleet.do('tasks.add', { title: 't' });
    await fleet.do('tasks.claim', { agentId: tester });
    await launches();
    const { restore } = await fleet.do('cuts.restore', { id: cut });
    expect(restore.starts.map((s) => [s.name, s.epoch, s.state])).toEqual([
      ['lead', 2, 'ordered'],
      ['coder', 2, 'waiting'],
      ['tester', 2, 'waiting'],
    ]);
    expect([...fleet.state.tokens.values()].filter((t) => [lead, coder, tester].includes(t.subjectId))).toEqual([]);
    expect(fleet.taskOf(taskId).state).toBe('ready');
    for (const zombie of zombies)
      expect(await fleet.refused('agents.heartbeat', { id: zombie.id }, zombie)).toMatchObject({ code: 'version_conflict' });
    expect((await fleet.poll(runner)).orders.filter((o) => o.kind === 'stop')).toHaveLength(3);

    const started: string[] = [];
    for (const id of [lead, coder, tester]) {
      await tick();
      const orders = await launches();
      expect(orders.map((o) => [o.agentId, o.epoch, o.restore])).toEqual([
        [id, 2, cutOf(cut).members.find((m) => m.agentId === id)?.checkpointId],
      ]);
      // started, and not heard of: its children wait
      await fleet.report(runner, { kind: 'started', agentId: id, epoch: 2, pid: 300, startTime: '9', containment: 'cgroup' });
      await tick();
      expect(await launches()).toEqual([]);
      await fleet.beat(id, { epoch: 2 });
      started.push(id);
    }
    expect(await tick()).toEqual({ open: 0 });
    expect(cutOf(cut)).toMatchObject({ restoring: false, restore: { doneAtMs: fleet.clock.nowMs() } });
    expect(fleet.agentOf(tester)).toMatchObject({ state: 'running', epoch: 2, parentId: coder, path: [lead, coder, tester], stopId: null });
    expect(fleet.events('checkpoint.cut-restored', lead)[0]?.data).toEqual({ cutId: cut, number: 1, started: 3, failed: 0 });
  });
  it('asked twice with one request it is one restore; a later one makes the late copy stale', async () => {
    const cut = await whole();
    const first = await fleet.do('cuts.restore', { id: cut, requestId: 'r' });
    expect(await fleet.do('cuts.restore', { id: cut, requestId: 'r' })).toEqual(first);
    expect(fleet.agentOf(lead).epoch).toBe(2);
    await fleet.do('cuts.restore', { id: cut, requestId: 'again' });
    expect(fleet.agentOf(lead).epoch).toBe(3);
    expect(await fleet.refused('cuts.restore', { id: cut, requestId: 'r' })).toMatchObject({
      code: 'version_conflict',
      expected: 1,
      actual: 2,
    });
  });
  it('leaves out who is not part of it only where that is meant, and stops whoever of them lives', async () => {
    const cut = await whole();
    const late = await fleet.launched('late', runner, coder);
    const later = await fleet.launched('later', runner, late);
    const preview = await fleet.do('cuts.preview', { id: cut });
    expect(preview).toMatchObject({ refusal: null, needsPartial: true });
    expect(preview.leftOut.map((l) => [l.name, l.why, l.stopped])).toEqual([
      ['late', 'it came after the cut', true],
      ['later', 'its parent is left out', true],
    ]);
    const before = fleet.state.seq;
    expect(await fleet.refused('cuts.restore', { id: cut })).toMatchObject({
      code: 'illegal_transition',
      from: 'partial (late: it came after the cut, and 1 more)',
      to: 'restored as a whole',
    });
    expect(fleet.state.seq).toBe(before);
    await fleet.do('cuts.restore', { id: cut, partial: true });
    expect(fleet.agentOf(late)).toMatchObject({ state: 'stopping', epoch: 1 });
    expect(fleet.agentOf(later)).toMatchObject({ state: 'stopping', epoch: 1 });
    expect(fleet.events('stop.accepted')).toHaveLength(1);
    expect([lead, coder, tester].map((id) => fleet.agentOf(id).stopId)).toEqual([null, null, null]);
  });
  it('one that has completed since begins anew with the others', async () => {
    const cut = await whole();
    for (const id of [tester, coder, lead]) {
      await fleet.do('agents.finish', { id, outcome: 'completed' });
      await fleet.exited(runner, id);
    }
    expect(await fleet.do('cuts.preview', { id: cut })).toMatchObject({ refusal: null, needsPartial: false });
    await fleet.do('cuts.restore', { id: cut });
    expect([lead, coder, tester].map((id) => fleet.agentOf(id).state)).toEqual(['starting', 'starting', 'starting']);
  });
  it('I-STOP-8: is refused under a stop, by the word of the stop, and in a project that was stopped', async () => {
    const cut = await whole();
    await fleet.do('agents.stop', { id: lead, reason: 'enough' });
    expect(await fleet.refused('cuts.restore', { id: cut, partial: true })).toMatchObject({ code: 'fenced', reason: 'enough' });
    expect((await fleet.do('cuts.preview', { id: cut })).refusal).toContain('enough');
  });
  it('whose root no runner can start is refused; a member whom none can is left out', async () => {
    const own = await fleet.agent('own program', lead);
    const cut = await whole();
    await save(own);
    expect((await fleet.do('cuts.preview', { id: cut })).leftOut).toEqual([
      { agentId: own, name: 'own program', why: 'no runner holds it', stopped: true },
    ]);
    fleet.clock.pass(31_000);
    expect(await fleet.refused('cuts.restore', { id: cut, partial: true })).toMatchObject({
      code: 'illegal_transition',
      from: 'without its root (its runner is away)',
    });
  });
  it('a text that was changed since is refused before anything is written', async () => {
    const cut = await whole();
    const id = cutOf(cut).members[2]?.checkpointId as string;
    const row = fleet.state.checkpoints.get(id);
    if (row) row.bodyText = row.bodyText.replace('1', '2');
    expect(await fleet.refused('cuts.restore', { id: cut })).toMatchObject({ code: 'corrupt', id });
    expect(fleet.agentOf(lead).epoch).toBe(1);
  });
  it('where a parent does not come up its children do not start, and it says so', async () => {
    const cut = await whole();
    await fleet.do('cuts.restore', { id: cut });
    await up(lead, 2);
    await tick();
    await fleet.report(runner, { kind: 'launch-failed', agentId: coder, epoch: 2, error: 'no such file' });
    expect(await tick()).toEqual({ open: 0 });
    expect(cutOf(cut).restore?.starts.map((s) => [s.state, s.why])).toEqual([
      ['started', null],
      ['failed', 'no such file'],
      ['failed', 'its parent did not come up'],
    ]);
    expect((await launches()).map((o) => o.agentId)).not.toContain(tester);
  });
  it('a stop in the middle of it ends what waits (I-STOP-8)', async () => {
    const cut = await whole();
    await fleet.do('cuts.restore', { id: cut });
    await fleet.do('agents.stop', { id: lead, reason: 'enough' });
    expect(await tick()).toEqual({ open: 0 });
    expect(cutOf(cut).restore?.starts.map((s) => s.state)).toEqual(['failed', 'failed', 'failed']);
    expect(await launches()).toEqual([]);
    for (const id of [tester, coder, lead])
      await fleet.report(runner, { kind: 'exited', agentId: id, epoch: 2, evidence: gone({ exitCode: null }) });
    expect([lead, coder, tester].map((id) => fleet.agentOf(id).state)).not.toContain('starting');
  });
  it('waits for a runner that is away, and goes on when it is back', async () => {
    const cut = await whole();
    await fleet.do('cuts.restore', { id: cut });
    await launches();
    fleet.clock.pass(31_000);
    await fleet.beat(lead, { epoch: 2 });
    expect(await tick()).toEqual({ open: 1 });
    expect(cutOf(cut).restore?.starts[1]).toMatchObject({ state: 'waiting', why: 'its runner is away' });
    const { seq } = fleet.state;
    await tick();
    expect(fleet.state.seq).toBe(seq);
    await fleet.poll(runner);
    await tick();
    expect((await launches()).map((o) => o.agentId)).toEqual([coder]);
  });
  it('is decided by people and agents above alone, and kept in the audit log with before and after', async () => {
    const cut = await whole();
    expect(await fleet.refused('cuts.restore', { id: cut }, fleet.as(coder))).toMatchObject({ code: 'not_found' });
    await fleet.do('cuts.restore', { id: cut });
    const entry = fleet.state.audit.at(-1);
    expect(entry).toMatchObject({ action: 'cuts.restore', subjectKind: 'cut', subjectId: cut });
    const epochs = (side: unknown) => (side as { agents: { epoch: number }[] }).agents.map((a) => a.epoch);
    expect([epochs(entry?.before), epochs(entry?.after)]).toEqual([
      [1, 1, 1],
      [2, 2, 2],
    ]);
  });
});
