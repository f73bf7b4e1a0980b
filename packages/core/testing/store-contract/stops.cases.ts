import { describe, expect, it } from 'vitest';
import type { Agent } from '../../src/agents/agent.ts';
import { isActionable, type StopMember } from '../../src/stop/stop.ts';
import type { Tx } from '../../src/supervisor/ports.ts';
import * as records from '../records.ts';
import type { StoreBench } from './store-bench.ts';

const atMs = Date.UTC(2026, 4, 5, 6, 7, 8, 9);
const evidence = { containment: 'cgroup', exitCode: 0, signal: null, survivors: 0, killed: false } as const;

/** What a stop asks of a store: who is a member, who can be stepped, and the tree that it plans with. */
export function stopsCases(bench: StoreBench): void {
  const { transact } = bench;
  const place = (name: string, path: string[], over: Partial<Agent> = {}) =>
    records.agentOf({
      id: `${bench.projectId}_${name}`,
      projectId: bench.projectId,
      path: [...path, name].map((p) => `${bench.projectId}_${p}`),
      parentId: path.length ? `${bench.projectId}_${path.at(-1)}` : null,
      createdAtMs: atMs - 1_000,
      endedAtMs: null,
      state: 'stopping',
      ...over,
    });
  const short = (id: string | null) => (id === null ? null : id.slice(bench.projectId.length + 1));

  describe('stops', () => {
    it('the tree of what lives: below an agent or of all, each under its nearest ancestor that lives', async () => {
      await transact(async (tx) => {
        for (const a of [
          place('r', []),
          place('gap', ['r'], { state: 'completed', endedAtMs: atMs }),
          place('below', ['r', 'gap']),
          place('deep', ['r', 'gap', 'below'], { state: 'unconfirmed' }),
          place('other', [], { state: 'running' }),
          place('lone', ['gone'], { state: 'running' }),
        ])
          tx.agents.put(a);
        const tree = async (root: string | null) =>
          (await tx.agents.liveTree(root && `${bench.projectId}_${root}`)).map((n) => `${short(n.parentId)} → ${short(n.id)}`).sort();
        expect(await tree('r')).toEqual(['below → deep', 'null → r', 'r → below']);
        expect(await tree(null)).toEqual(['below → deep', 'null → lone', 'null → other', 'null → r', 'r → below']);
        expect(await tree('gap')).toEqual(['below → deep', 'null → below']);
        expect(await tree('nowhere')).toEqual([]);
        expect((await tx.agents.liveTree(null, 2)).length).toBe(2);
        const shape = (root: string | null) => tx.agents.liveShape(root && `${bench.projectId}_${root}`);
        expect(await shape('r')).toEqual({ agents: 3, waves: 3 });
        expect(await shape('below')).toEqual({ agents: 2, waves: 2 });
        expect(await shape('gap')).toEqual({ agents: 2, waves: 2 });
        expect(await shape(null)).toEqual({ agents: 5, waves: 3 });
        expect(await shape('nowhere')).toEqual({ agents: 0, waves: 0 });
      });
    });
    it('I-STOP-8: what everybody below an agent holds, waits for and is to be launched by, ended ones included', async () => {
      const at = (name: string) => `${bench.projectId}_${name}`;
      const task = (name: string) =>
        records.taskOf({ id: bench.id('task'), projectId: bench.projectId, state: 'claimed', agentId: at(name), title: name });
      const lock = (name: string, agents: string[]) =>
        records.lockOf({ id: bench.id('lock'), projectId: bench.projectId, name, agentIds: agents.map(at) });
      const order = (name: string) =>
        records.orderOf({ id: bench.id('order'), projectId: bench.projectId, runnerId: 'run_1', agentId: at(name), kind: 'launch' });
      const ask = async (tx: Tx, root: string | null) => {
        const whose = { under: root && at(root) };
        return [
          (await tx.tasks.heldBy(whose)).map((t) => t.title).sort(),
          (await tx.locks.involving(whose)).map((l) => l.name).sort(),
          [...(await tx.orders.cancelOf(whose, ['launch']))].map(([id, n]) => `${short(id)} ${n}`).sort(),
        ];
      };
      await transact(async (tx) => {
        for (const a of [
          place('top', []),
          place('in', ['top'], { state: 'running' }),
          place('over', ['top'], { state: 'failed', endedAtMs: atMs }),
          place('out', [], { state: 'running' }),
        ])
          tx.agents.put(a);
        for (const name of ['in', 'over', 'out']) {
          tx.tasks.put(task(name));
          tx.orders.put(order(name));
        }
        for (const l of [lock('of both', ['in', 'out']), lock('of out', ['out']), lock('of nobody', [])]) tx.locks.put(l);
        expect(await ask(tx, 'nowhere')).toEqual([[], [], []]);
        // all in this transaction, nothing of it written yet
        expect(await ask(tx, 'top')).toEqual([['in', 'over'], ['of both'], ['in 1', 'over 1']]);
        expect(await ask(tx, null)).toEqual([['in', 'out', 'over'], ['of both', 'of out'], ['out 1']]);
      });
    });
    it('who is to be enlisted: what lived at the acceptance and is no member yet, the deepest first', async () => {
      const stop = records.stopOf({
        id: bench.id('stop'),
        projectId: bench.projectId,
        agentId: `${bench.projectId}_r`,
        acceptedAtMs: atMs,
      });
      await transact(async (tx) => {
        tx.stops.put(stop);
        for (const a of [
          place('r', []),
          place('a', ['r']),
          place('b', ['r', 'a'], { state: 'running' }),
          place('before', ['r'], { state: 'failed', endedAtMs: atMs }),
          place('after', ['r'], { state: 'failed', endedAtMs: atMs + 1 }),
          place('young', ['r'], { createdAtMs: atMs + 1 }),
          place('elsewhere', []),
          place('member', ['r']),
        ])
          tx.agents.put(a);
        const member = `${bench.projectId}_member`;
        tx.stopMembers.put(
          records.memberOf({
            id: `${stop.id}/${member}`,
            projectId: bench.projectId,
            stopId: stop.id,
            agentId: member,
            parentId: stop.agentId,
            wave: 3,
          }),
        );
        const names = async (s = stop, limit = 10) => (await tx.agents.unenlisted(s, limit)).map((a) => short(a.id));
        expect(await names()).toEqual(['b', 'a', 'after', 'r']);
        expect(await names(stop, 2)).toEqual(['b', 'a']);
        expect(await names({ ...stop, agentId: null })).toEqual(['b', 'a', 'after', 'elsewhere', 'r']);
        expect([...(await tx.stopMembers.wavesBelow(stop.id, [stop.agentId ?? '', member]))]).toEqual([[stop.agentId, 3]]);
      });
    });
    it('whom stops could only fence: of one agent, in every stop, and nobody with another outcome', async () => {
      const agentId = `${bench.projectId}_unproven`;
      const member = (stopId: string, agent: string, outcome: StopMember['outcome']) =>
        records.memberOf({ id: `${stopId}/${agent}`, projectId: bench.projectId, stopId, agentId: agent, outcome });
      const [first, second, third] = [bench.id('stop'), bench.id('stop'), bench.id('stop')].sort() as [string, string, string];
      await transact(async (tx) => {
        tx.stopMembers.put(member(second, agentId, 'unconfirmed'));
        tx.stopMembers.put(member(first, agentId, 'unconfirmed'));
        tx.stopMembers.put(member(third, agentId, 'stopped'));
        tx.stopMembers.put(member(first, `${agentId}_2`, 'unconfirmed'));
        expect((await tx.stopMembers.unconfirmedOf(agentId)).map((m) => m.stopId)).toEqual([first, second]);
      });
    });
    it('who can be stepped: exactly whom the rule names, whatever was asked, is over, acknowledged, gone or late', async () => {
      const stop = records.stopOf({ id: bench.id('stop'), projectId: bench.projectId, state: 'stopping', killConfirmMs: 5_000 });
      const members: { m: StopMember; agent: Agent; expiresAtMs: number | null }[] = [];
      for (const askedAtMs of [null, atMs - 60_000])
        for (const deadlineMs of [atMs - 50_000, atMs - 5_000, atMs + 1])
          for (const killedAtMs of [null, atMs - 5_001])
            for (const outcome of [null, 'killed' as const])
              for (const [state, process, acknowledged] of [
                ['stopping', 'none', false],
                ['stopping', 'none', true],
                ['stopping', 'running', true],
                ['stopping', 'launching', false],
                ['stopping', 'ended', false],
                ['completed', 'none', false],
              ] as const)
                for (const expiresAtMs of [null, atMs, atMs + 1_000]) {
                  const name = String(members.length).padStart(4, '0');
                  const agent = place(name, [], { state, process, acknowledged, processEvidence: process === 'ended' ? evidence : null });
                  const m = records.memberOf({
                    id: `${stop.id}/${agent.id}`,
                    projectId: bench.projectId,
                    stopId: stop.id,
                    agentId: agent.id,
                    parentId: null,
                    wave: members.length % 3,
                    askedAtMs,
                    killedAtMs,
                    deadlineMs,
                    outcome,
                  });
                  members.push({ m, agent, expiresAtMs });
                }
      // every seventh has a child that is still open: nothing can be done about it
      const busy = new Set(members.filter((_, i) => i % 7 === 0).map(({ m }) => m.agentId));
      await transact(async (tx) => {
        tx.stops.put(stop);
        for (const { m, agent, expiresAtMs } of members) {
          tx.agents.put(agent);
          tx.stopMembers.put(m);
          if (expiresAtMs !== null) tx.leases.put(records.leaseOf({ id: agent.id, projectId: bench.projectId, expiresAtMs }));
          if (!busy.has(agent.id)) continue;
          const child = place(`${short(agent.id)}c`, [short(agent.id) ?? ''], { state: 'stopping', process: 'running' });
          tx.agents.put(child);
          tx.stopMembers.put({
            ...m,
            id: `${stop.id}/${child.id}`,
            agentId: child.id,
            parentId: agent.id,
            outcome: null,
            askedAtMs: atMs,
            killedAtMs: null,
            deadlineMs: atMs + 9_000,
          });
        }
      });
      const expected = members
        .filter(({ m, agent, expiresAtMs }) => {
          const lease = expiresAtMs === null ? undefined : records.leaseOf({ id: agent.id, projectId: bench.projectId, expiresAtMs });
          return isActionable(m, agent, lease, stop, atMs, busy.has(m.agentId));
        })
        .map(({ m }) => m);
      const inOrder = expected.sort((a, b) => a.wave - b.wave || (a.id < b.id ? -1 : 1)).map((m) => m.id);
      expect(inOrder.length).toBeGreaterThan(50);
      await transact(async (tx) => {
        expect((await tx.stopMembers.actionable(stop, atMs, 10_000)).map((m) => m.id)).toEqual(inOrder);
        expect((await tx.stopMembers.actionable(stop, atMs, 7)).map((m) => m.id)).toEqual(inOrder.slice(0, 7));
      });
    });
    it('what was spent late, of each agent alone, since a moment', async () => {
      const entry = (agentId: string, eventId: string, late: boolean, recordedAtMs: number) =>
        records.entryOf({ projectId: bench.projectId, agentId, eventId, late, recordedAtMs });
      const [a, b] = [`${bench.projectId}_a`, `${bench.projectId}_b`];
      await transact(async (tx) => {
        await tx.ledger.append([
          entry(a, '1', true, atMs),
          entry(a, '2', true, atMs + 5),
          entry(a, '3', true, atMs - 1),
          entry(a, '4', false, atMs + 5),
          entry(b, '1', false, atMs + 5),
        ]);
        expect([...(await tx.ledger.recordedSince([a, b], atMs))]).toEqual([[a, 20_000_000n]]);
      });
    });
  });
}
