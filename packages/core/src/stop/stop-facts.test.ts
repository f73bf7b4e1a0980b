import { describe, expect, it } from 'vitest';
import { agentOf, gone, leaseOf, memberOf, stopOf } from '../../testing/index.ts';
import type { Agent } from '../agents/agent.ts';
import type { Lease } from '../agents/lease.ts';
import type { AgentState } from '../kernel/transitions.ts';
import { endOf, evolveStop, evolveStopMember, isHeld, type Stop, type StopMember, stepStop, strengthens, stronger } from './stop.ts';

const stop = (over: Partial<Stop> = {}): Stop =>
  stopOf({
    id: 's',
    projectId: 'p',
    mode: 'graceful',
    deadlineMs: 1_000,
    killConfirmMs: 100,
    members: 1,
    open: 1,
    unconfirmed: 0,
    enlisting: false,
    takenAtAcceptance: {},
    ...over,
  });
/** What a stop says of its members, of which these are all. */
const countsOf = (members: readonly StopMember[]) => ({
  members: members.length,
  open: members.filter((m) => !m.outcome).length,
  unconfirmed: members.filter((m) => m.outcome === 'unconfirmed').length,
});
const fresh = { askedAtMs: null, killedAtMs: null, endedAtMs: null, outcome: null, evidence: null } as const;
const member = (agentId: string, over: Partial<StopMember> = {}): StopMember =>
  memberOf({ id: `s/${agentId}`, projectId: 'p', stopId: 's', agentId, parentId: null, wave: 0, deadlineMs: 1_000, ...fresh, ...over });
const agent = (id: string, state: AgentState = 'stopping', over: Partial<Agent> = {}): Agent =>
  agentOf({ id, projectId: 'p', state, stopId: 's', process: 'none', processEvidence: null, acknowledged: false, ...over });
const lease = (id: string, expiresAtMs = 1e9): Lease => leaseOf({ id, projectId: 'p', expiresAtMs });
const counts = { claimsReleased: 1, ordersCancelled: 2, locksFreed: 3 };
const step = (members: StopMember[], agents: Agent[], nowMs: number, of: Partial<Stop> = {}, leases = agents.map((a) => lease(a.id))) =>
  stepStop(
    {
      stop: stop({ ...countsOf(members), ...of }),
      members,
      agents: new Map(agents.map((a) => [a.id, a])),
      leases: new Map(leases.map((l) => [l.id, l])),
    },
    nowMs,
  );

describe('what ends a member, and how it is told', () => {
  const end = (a: Agent, nowMs = 500, m: Partial<StopMember> = { askedAtMs: 400 }, l: Lease | null = lease('a')) =>
    endOf(member('a', m), a, l ?? undefined, stop(), nowMs);
  it.each(['stopped', 'killed', 'completed', 'failed'] as const)('it was %s already', (state) => {
    expect(end(agent('a', state))).toEqual({
      outcome: state,
      evidence: { how: 'already-ended', detail: `it was ${state} already`, ...counts },
    });
    expect(end(agent('a', state, { processEvidence: gone() }))?.evidence.process).toEqual(gone());
  });
  it.each([
    [gone({ exitCode: 0 }), 'stopped', 'exit code 0; nothing left in its cgroup'],
    [gone({ exitCode: null }), 'stopped', 'exit code unknown; nothing left in its cgroup'],
    [gone({ signal: 'SIGTERM' }), 'stopped', 'ended by SIGTERM; nothing left in its cgroup'],
    [gone({ signal: 'SIGKILL', killed: true }), 'killed', 'ended by SIGKILL; nothing left in its cgroup'],
    [gone({ survivors: 2, killed: true }), 'unconfirmed', '2 processes of its cgroup are still there'],
  ] as const)('its process was seen to end: %j', (process, outcome, detail) => {
    expect(end(agent('a', 'stopping', { process: 'ended', processEvidence: process }))).toEqual({
      outcome,
      evidence: { how: 'process-ended', detail, process, ...counts },
    });
  });
  it('its own word counts where nobody holds a process for it', () => {
    const told = { outcome: 'stopped', evidence: { how: 'acknowledged', detail: 'the agent reported its end', ...counts } };
    expect(end(agent('a', 'stopping', { acknowledged: true }))).toEqual(told);
    for (const process of ['running', 'launching'] as const) {
      expect(end(agent('a', 'stopping', { acknowledged: true, process }))).toBeUndefined();
      expect(isHeld(agent('a', 'stopping', { process }))).toBe(true);
    }
    expect([isHeld(agent('a')), isHeld(agent('a', 'stopping', { process: 'ended' }))]).toEqual([false, false]);
    expect(end(agent('a', 'stopping', { acknowledged: true, process: 'ended' }))).toEqual(told);
  });
  it('without evidence it is unconfirmed, after the deadline and the time to confirm, and says why', () => {
    const why = (over: Partial<Agent>, nowMs: number, m: Partial<StopMember>, l: Lease | null) =>
      end(agent('a', 'stopping', over), nowMs, m, l)?.evidence;
    const asked = { askedAtMs: 400 };
    const told = (detail: string) => ({ how: 'lease-expired', detail, ...counts });
    expect(why({}, 1_099, asked, lease('a', 0))).toBeUndefined();
    expect(why({}, 1_100, asked, lease('a', 0))).toEqual(told('its lease expired and no accepted call came since; it is fenced'));
    expect(why({}, 1_100, asked, null)).toEqual(told('its lease expired and no accepted call came since; it is fenced'));
    expect(why({}, 1_100, asked, lease('a'))).toEqual(told('it still sends heartbeats after the deadline; it is fenced'));
    expect(why({}, 1_100, { askedAtMs: null }, lease('a', 0))).toBeUndefined();
    // the time to confirm runs from the kill, or from a late ask
    expect(why({}, 1_299, { ...asked, killedAtMs: 1_200 }, null)).toBeUndefined();
    expect(why({}, 1_300, { ...asked, killedAtMs: 1_200 }, null)).toBeDefined();
    expect(why({}, 1_599, { askedAtMs: 1_500 }, null)).toBeUndefined();
    expect(why({}, 1_600, { askedAtMs: 1_500 }, null)).toBeDefined();
    // a runner that beats for it is waited for half a minute more
    const held = { process: 'running' } as const;
    expect(why(held, 31_099, asked, lease('a'))).toBeUndefined();
    expect(why(held, 31_100, asked, lease('a'))).toEqual(told('its runner did not report the end in time; it is fenced'));
    expect(why(held, 1_100, asked, lease('a', 0))).toEqual(told('its runner did not report the end in time; it is fenced'));
  });
});

describe('one step', () => {
  const tree = [member('leaf', { parentId: 'root' }), member('root', { wave: 1 })];
  it('asks the leaf and tells by when it is killed; the parent waits', () => {
    expect(step(tree, [agent('root'), agent('leaf')], 10)).toEqual({
      events: [{ type: 'stop.asked', subjectId: 's', data: { agentId: 'leaf', wave: 0 } }],
      actions: [{ kind: 'ask', agentId: 'leaf', killAtMs: 1_000 }],
    });
  });
  it('I-STOP-4: in one step the end of a leaf lets its parent be asked, whatever the order of the rows', () => {
    const asked = { askedAtMs: 5 };
    const rows = [member('root', { wave: 1 }), member('leaf', { parentId: 'root', ...asked })];
    const { events, actions } = step(rows, [agent('root'), agent('leaf', 'stopping', { acknowledged: true })], 10);
    expect(events.map((e) => [e.type, e.subjectId])).toEqual([
      ['stop.member-ended', 's'],
      ['agent.ended', 'leaf'],
      ['stop.asked', 's'],
    ]);
    expect(events[1]?.data).toEqual({ state: 'stopped', detail: 'the agent reported its end' });
    expect(actions).toEqual([{ kind: 'ask', agentId: 'root', killAtMs: 1_000 }]);
  });
  it('an end by force is an end as killed; one that had ended is not ended again', () => {
    const killed = agent('a', 'stopping', { process: 'ended', processEvidence: gone({ killed: true }) });
    expect(step([member('a', { askedAtMs: 1 })], [killed], 10).events.map((e) => [e.type, e.data])).toMatchObject([
      ['stop.member-ended', { agentId: 'a', outcome: 'killed' }],
      ['agent.ended', { state: 'killed' }],
      ['stop.done', { members: 1, unconfirmed: 0 }],
    ]);
    const types = step([member('a', { askedAtMs: 1 })], [agent('a', 'failed')], 10).events.map((e) => e.type);
    expect(types).toEqual(['stop.member-ended', 'stop.done']);
  });
  it('I-STOP-6: kills at the deadline, once, and not before', () => {
    const asked = member('a', { askedAtMs: 1 });
    expect(step([asked], [agent('a')], 999)).toEqual({ events: [], actions: [] });
    expect(step([asked], [agent('a')], 1_000)).toEqual({
      events: [{ type: 'stop.escalated', subjectId: 's', data: { agentId: 'a' } }],
      actions: [{ kind: 'kill', agentId: 'a', killAtMs: 1_000 }],
    });
    expect(step([{ ...asked, killedAtMs: 1_000 }], [agent('a')], 1_050)).toEqual({ events: [], actions: [] });
  });
  it('what nothing proves is unconfirmed, and counted so', () => {
    const { events } = step([member('a', { askedAtMs: 1, killedAtMs: 1_000 }), member('b', { outcome: 'stopped' })], [agent('a')], 1_100);
    expect(events.map((e) => [e.type, e.subjectId, e.data])).toMatchObject([
      ['stop.member-ended', 's', { outcome: 'unconfirmed' }],
      ['agent.unconfirmed', 'a', { detail: 'it still sends heartbeats after the deadline; it is fenced' }],
      ['stop.done', 's', { members: 2, unconfirmed: 1 }],
    ]);
  });
  it('is done once; a member whose agent is not at hand is left for the next step', () => {
    const ended = member('a', { outcome: 'stopped' });
    expect(step([ended], [], 10).events).toEqual([{ type: 'stop.done', subjectId: 's', data: { members: 1, unconfirmed: 0 } }]);
    expect(step([ended], [], 10, { state: 'done' }).events).toEqual([]);
    expect(step([ended], [agent('a', 'stopped')], 10).events.map((e) => e.type)).toEqual(['stop.done']);
    expect(step([member('a')], [], 10)).toEqual({ events: [], actions: [] });
    // others of it are open elsewhere, or are still to be enlisted
    expect(step([ended], [], 10, { open: 1 }).events).toEqual([]);
    expect(step([ended], [], 10, { enlisting: true }).events).toEqual([]);
  });
});

describe('asking again', () => {
  it('I-STOP-2: a harsher mode or a nearer deadline is more, anything else is not', () => {
    const more = (mode: Stop['mode'], deadlineMs: number) => strengthens(stop(), mode, deadlineMs);
    expect([more('force', 2_000), more('graceful', 999), more('drain', 999)]).toEqual([true, true, true]);
    expect([more('graceful', 1_000), more('drain', 1_000), more('graceful', 2_000)]).toEqual([false, false, false]);
    const modes = ['drain', 'graceful', 'force'] as const;
    expect(modes.map((a) => modes.map((b) => stronger(a, b)))).toEqual([
      ['drain', 'graceful', 'force'],
      ['graceful', 'graceful', 'force'],
      ['force', 'force', 'force'],
    ]);
  });
  it('the records after a fact', () => {
    const evidence = { how: 'acknowledged', detail: '', ...counts } as const;
    expect(evolveStop(stop(), { type: 'stop.strengthened', subjectId: 's', data: { mode: 'force', deadlineMs: 7 } }, 9)).toEqual(
      stop({ mode: 'force', deadlineMs: 7 }),
    );
    const done = { type: 'stop.done', subjectId: 's', data: { members: 1, unconfirmed: 0 } } as const;
    expect(evolveStop(stop(), done, 9)).toEqual(stop({ state: 'done', endedAtMs: 9 }));
    expect(evolveStopMember(member('a'), { type: 'stop.asked', subjectId: 's', data: { agentId: 'a', wave: 0 } }, 9)).toEqual(
      member('a', { askedAtMs: 9 }),
    );
    expect(evolveStopMember(member('a'), { type: 'stop.escalated', subjectId: 's', data: { agentId: 'a' } }, 9)).toEqual(
      member('a', { killedAtMs: 9 }),
    );
    const ended = { type: 'stop.member-ended', subjectId: 's', data: { agentId: 'a', outcome: 'stopped', evidence } } as const;
    expect(evolveStopMember(member('a'), ended, 9)).toEqual(member('a', { outcome: 'stopped', evidence, endedAtMs: 9 }));
    const [s, m] = [stop(), member('a')];
    expect(evolveStop(s, ended, 9)).toEqual(stop({ open: 0 }));
    const unconfirmed = { ...ended, data: { ...ended.data, outcome: 'unconfirmed' } } as const;
    expect(evolveStop(s, unconfirmed, 9)).toEqual(stop({ open: 0, unconfirmed: 1 }));
    const corrected = { ...ended, data: { ...ended.data, corrects: true } } as const;
    expect(evolveStop(evolveStop(s, unconfirmed, 9), corrected, 9)).toEqual(stop({ open: 0, unconfirmed: 0 }));
    const part = (members: number, more: boolean) => ({ type: 'stop.enlisted', subjectId: 's', data: { members, more } }) as const;
    const taken = { a: { claimsReleased: 3, locksFreed: 1, ordersCancelled: 2 } };
    const first = evolveStop(stop({ members: 0, open: 0, enlisting: true, takenAtAcceptance: taken }), part(400, true), 9);
    expect(first).toEqual(stop({ members: 400, open: 400, enlisting: true, takenAtAcceptance: taken }));
    expect(evolveStop(first, part(7, false), 9)).toEqual(stop({ members: 407, open: 407 }));
    expect(evolveStopMember(m, done, 9)).toBe(m);
  });
});
