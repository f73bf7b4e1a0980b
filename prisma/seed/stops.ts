import { type Agent, evolveStop, evolveStopMember, finalAgentStates, planStop, type Stop, type StopMember, stepStop } from '@reeve/core';
import type { World } from './world.ts';

const actor = 'person:owner';
const system = 'system:stop-controller';
const isFinal = (a: Agent) => (finalAgentStates as readonly string[]).includes(a.state);

/** Accepts a stop of the subtree and takes its first step, as the supervisor does in one transaction. */
export function acceptStop(
  world: World,
  agentId: string,
  request: { mode: Stop['mode']; graceMs: number; reason: string },
  atMs: number,
): string {
  const rollups = world.rollups();
  const members = [...world.agents.values()].filter((a) => a.path.includes(agentId) && !isFinal(a) && a.state !== 'unconfirmed');
  const plan = planStop(members, { nowMs: atMs, graceMs: request.graceMs, mode: request.mode });
  const planned = new Map(plan.members.map((m) => [m.id, m]));
  const stop: Stop = {
    id: world.id('stop', atMs),
    projectId: world.projectId,
    agentId,
    mode: request.mode,
    propagation: 'foreground',
    reason: request.reason,
    actor,
    state: 'stopping',
    acceptedAtMs: atMs,
    graceMs: request.graceMs,
    killConfirmMs: 5_000,
    deadlineMs: plan.deadlineMs,
    waves: plan.waves,
    members: members.length,
    open: members.length,
    unconfirmed: 0,
    enlisting: false,
    takenAtAcceptance: {},
    endedAtMs: null,
  };
  world.stops.set(stop.id, stop);
  const { mode, reason, graceMs, waves } = stop;
  world.tell(
    { type: 'stop.accepted', subjectId: stop.id, data: { agentId, mode, reason, graceMs, members: members.length, waves } },
    atMs,
    actor,
  );
  for (const m of members) {
    const p = planned.get(m.id);
    world.stopMembers.set(`${stop.id}/${m.id}`, {
      id: `${stop.id}/${m.id}`,
      projectId: world.projectId,
      stopId: stop.id,
      agentId: m.id,
      parentId: m.id === agentId ? null : m.parentId,
      name: m.name,
      wave: p?.wave ?? 0,
      deadlineMs: p?.deadlineMs ?? plan.deadlineMs,
      askedAtMs: null,
      killedAtMs: null,
      endedAtMs: null,
      outcome: null,
      evidence: null,
      claimsReleased: 0,
      ordersCancelled: 0,
      locksFreed: 0,
      costAtAcceptanceNanoUsd: rollups.get(m.id)?.ownNanoUsd ?? 0n,
    });
    world.apply(m.id, [{ type: 'agent.stopping', subjectId: m.id, data: { stopId: stop.id, reason } }], atMs, actor);
  }
  stepStops(world, stop.id, atMs);
  return stop.id;
}

export const membersOf = (world: World, stopId: string): StopMember[] => [...world.stopMembers.values()].filter((m) => m.stopId === stopId);

/** One step of the stop, with everything that follows from it. */
export function stepStops(world: World, stopId: string, atMs: number): void {
  for (;;) {
    const stop = world.stops.get(stopId) as Stop;
    if (stop.state === 'done') return;
    const { events } = stepStop({ stop, members: membersOf(world, stopId), agents: world.agents, leases: world.leases }, atMs);
    if (events.length === 0) return;
    for (const e of events) {
      if (e.type === 'agent.ended' || e.type === 'agent.unconfirmed') {
        world.apply(e.subjectId, [e], atMs, system);
        continue;
      }
      world.tell(e, atMs, system);
      world.stops.set(stopId, evolveStop(world.stops.get(stopId) as Stop, e, atMs));
      const id = 'agentId' in e.data ? `${stopId}/${e.data.agentId}` : '';
      const m = world.stopMembers.get(id);
      if (m) world.stopMembers.set(id, evolveStopMember(m, e, atMs));
    }
  }
}

/** The agent answers that it has ended. */
export function acknowledge(world: World, agentId: string, atMs: number): void {
  const agent = world.agent(agentId);
  world.agents.set(agentId, { ...agent, acknowledged: true });
  if (agent.stopId) world.tell({ type: 'stop.acknowledged', subjectId: agent.stopId, data: { agentId } }, atMs, `agent:${agentId}`);
}

/** Carries a stop to its end: most acknowledge, wave by wave, and the `silent` ones can only be fenced. */
export function endStop(world: World, stopId: string, silent: ReadonlySet<string>): void {
  const stop = world.stops.get(stopId) as Stop;
  for (let wave = 0; wave < stop.waves; wave++) {
    const atMs = stop.acceptedAtMs + Math.floor((stop.graceMs * (wave + 0.5)) / stop.waves);
    for (const m of membersOf(world, stopId)) if (m.wave === wave && !silent.has(m.agentId)) acknowledge(world, m.agentId, atMs);
    stepStops(world, stopId, atMs);
  }
  // each wave of silent ones is killed at its deadline and given up after the time to confirm
  for (let i = 1; i <= 2 * stop.waves && (world.stops.get(stopId) as Stop).state === 'stopping'; i++)
    stepStops(world, stopId, stop.deadlineMs + i * (stop.killConfirmMs + 31_000));
}
