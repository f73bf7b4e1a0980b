import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Agent, evolveAgent, finalAgentStates, isLiveAgent, type NewEvent } from '@reeve/core';
import { describe, expect, test } from 'vitest';
import { buildScenario, type ScenarioName, scenarios, type World } from './index.ts';
import { rowsOf } from './insert.ts';

const nowMs = Date.UTC(2026, 10, 23, 12);
const build = (scenario: ScenarioName, seed = 7) => buildScenario({ scenario, seed, nowMs });
const isFinal = (a: Agent) => (finalAgentStates as readonly string[]).includes(a.state);
const digest = (world: World) =>
  createHash('sha256')
    .update(
      JSON.stringify([...world.agents.values(), ...world.tasks.values(), ...world.events(0)], (_, x) =>
        typeof x === 'bigint' ? `${x}` : x,
      ),
    )
    .digest('hex');

const schema = readFileSync(new URL('../schema.prisma', import.meta.url), 'utf8');
/** The columns of a table, by the schema's own words. */
function columnsOf(table: string): Set<string> {
  const model = schema.split(/^model /m).find((m) => m.includes(`@@map("${table}")`)) ?? '';
  const fields = model.split('\n').filter((line) => /^ {2}\w/.test(line));
  return new Set(fields.map((line) => /@map\("(\w+)"\)/.exec(line)?.[1] ?? (/^ {2}(\w+)/.exec(line)?.[1] as string)));
}

describe.each(Object.keys(scenarios) as ScenarioName[])('%s', (name) => {
  const world = build(name);

  test('the same seed makes the same project, another one another', () => {
    expect(digest(build(name))).toBe(digest(world));
    expect(digest(build(name, 8))).not.toBe(digest(world));
  });
  test('the log has no gap, runs forward and tells of nothing later than now', () => {
    const events = world.events(41);
    expect(events[0]?.seq).toBe(42);
    events.forEach((e, i) => {
      expect(e.seq).toBe(42 + i);
      if (i) expect(e.atMs).toBeGreaterThanOrEqual(events[i - 1]?.atMs ?? 0);
      if (e.atMs > nowMs) throw new Error(`${e.event.type} is in the future`);
    });
  });
  test('every column that is written is one of the schema', () => {
    for (const [table, rows] of rowsOf(world, world.events(0)))
      expect(
        Object.keys(rows[0] ?? {}).filter((column) => !columnsOf(table).has(column)),
        table,
      ).toEqual([]);
  });
  test('the states of all agents follow from the log alone', () => {
    const agents = new Map<string, Agent>();
    for (const { event, atMs } of world.events(0)) {
      if (event.type === 'agent.registered')
        agents.set(event.subjectId, { ...(world.agents.get(event.subjectId) as Agent), state: 'starting', version: 1, endedAtMs: null });
      else if (agents.has(event.subjectId))
        agents.set(event.subjectId, evolveAgent(agents.get(event.subjectId) as Agent, event as NewEvent, atMs));
    }
    for (const a of world.agents.values())
      expect([a.name, agents.get(a.id)?.state, agents.get(a.id)?.endedAtMs]).toEqual([a.name, a.state, a.endedAtMs]);
  });
  test('the roots hold the whole ledger, and every path leads from a root to its agent', () => {
    const rollups = world.rollups();
    const ledger = world.entries.reduce((sum, e) => sum + (e.costNanoUsd ?? 0n), 0n);
    let roots = 0n;
    for (const a of world.agents.values()) {
      if (a.parentId === null) roots += rollups.get(a.id)?.totalNanoUsd ?? 0n;
      const parent = a.parentId === null ? undefined : world.agents.get(a.parentId);
      if (a.path.at(-1) !== a.id || a.path.at(-2) !== parent?.id || (parent && parent.createdAtMs > a.createdAtMs))
        throw new Error(`${a.name} has no place`);
    }
    expect(roots).toBe(ledger);
    expect(ledger).toBeGreaterThan(0n);
  });
  test('live agents stand under ended ones only where that is the point', () => {
    const orphans = [...world.agents.values()].filter((a) => {
      const parent = world.agents.get(a.parentId ?? '');
      return isLiveAgent(a.state) && parent && (isFinal(parent) || parent.state === 'lost');
    });
    expect(orphans.length).toBe(name === 'orphans' ? 12 : 0);
  });
  test('a claimed task is held by somebody who lives', () => {
    for (const t of world.tasks.values()) {
      expect(t.agentId !== null).toBe(t.state === 'claimed');
      if (t.agentId) expect(['running', 'paused']).toContain(world.agents.get(t.agentId)?.state);
    }
  });
});

test('huge is as large, as deep and as mixed as it says', () => {
  const world = build('huge');
  const agents = [...world.agents.values()];
  expect(agents.length).toBe(10_000);
  expect(Math.max(...agents.map((a) => a.path.length))).toBe(6);
  const fanOut = new Map<string, number>();
  for (const a of agents) if (a.parentId) fanOut.set(a.parentId, (fanOut.get(a.parentId) ?? 0) + 1);
  expect(Math.max(...fanOut.values())).toBeGreaterThan(150);
  const states = ['starting', 'running', 'paused', 'lost', 'stopping', 'stopped', 'completed', 'failed', 'unconfirmed'];
  for (const state of states) expect([state, agents.some((a) => a.state === state)]).toEqual([state, true]);
  expect(agents.filter((a) => a.state === 'running').length).toBeGreaterThan(4_000);
  expect(world.tasks.size).toBe(2_400);
  expect(world.entries.length).toBeGreaterThan(20_000);
});
