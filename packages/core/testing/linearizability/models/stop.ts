import type { StopMode } from '../../../src/api/inputs.ts';
import type { Model } from '../history.ts';

/**
 * What the stops of one tree promise (I-STOP-1, 2, 4, 6), written from the promises and not from the code. Agents go by the
 * request ids under which they were spawned, so that one whose registration had no reply has a name too. Ends come by
 * acknowledgement alone: the histories leave no time for more (what a silent agent comes to is not linearizability's matter).
 */
export type StopInput =
  | { do: 'spawn'; parent: string; name: string }
  | { do: 'claim'; agent: string }
  | { do: 'stop'; agent: string; mode: StopMode; graceMs: number }
  | { do: 'finish'; agent: string; outcome: 'completed' | 'stopped' }
  /** The loop's step of every open stop: nothing that a client could see. */
  | { do: 'tick' }
  /** Reads the whole tree at one moment. */
  | { do: 'look' };
export type StopOutput =
  | { said: 'ok' | 'fenced' | 'refused' }
  | { said: 'accepted'; stopId: string; atMs: number }
  | { said: 'ended'; state: string }
  | { said: 'ticked' }
  | { said: 'seen'; agents: Record<string, SeenAgent> };
export type SeenAgent = { state: string; stopId: string | null; mode: StopMode | null; deadlineMs: number | null };

type AgentSpec = {
  parent: string | null;
  state: 'live' | 'stopping' | 'stopped' | 'completed';
  acknowledged: boolean;
  /** Which stop fenced it: its place among the stops. */
  stop: number | null;
};
type StopSpec = {
  top: string;
  mode: StopMode;
  members: string[];
  /** Undefined where the answer was lost. */
  id: string | undefined;
  deadlineMs: number | undefined;
};
export type TreeSpec = { agents: Record<string, AgentSpec>; stops: StopSpec[] };

const strength: Record<StopMode, number> = { drain: 0, graceful: 1, force: 2 };
const isFinal = (a: AgentSpec): boolean => a.state === 'stopped' || a.state === 'completed';
const hasOpen = (s: TreeSpec, names: readonly string[]): boolean => names.some((n) => !isFinal(s.agents[n] as AgentSpec));

function pathOf(s: TreeSpec, name: string): AgentSpec[] {
  const path: AgentSpec[] = [];
  for (let at: string | null = name; at !== null; at = s.agents[at]?.parent ?? null) path.push(s.agents[at] as AgentSpec);
  return path;
}
const subtreeOf = (s: TreeSpec, name: string): string[] =>
  Object.keys(s.agents).filter((n) => pathOf(s, n).includes(s.agents[name] as AgentSpec));
const isFenced = (s: TreeSpec, name: string): boolean => pathOf(s, name).some((a) => a.stop !== null);
const change = (s: TreeSpec, name: string, to: Partial<AgentSpec>): TreeSpec => ({
  ...s,
  agents: { ...s.agents, [name]: { ...(s.agents[name] as AgentSpec), ...to } },
});

/** Those that acknowledged end as soon as everything below them has (I-STOP-4). */
function settle(s: TreeSpec): TreeSpec {
  for (const [name, a] of Object.entries(s.agents)) {
    const waits = hasOpen(
      s,
      subtreeOf(s, name).filter((n) => n !== name),
    );
    if (a.acknowledged && !isFinal(a) && !waits) return settle(change(s, name, { state: 'stopped' }));
  }
  return s;
}

/** `tree`: the parent of each agent that is there from the beginning, parents first. */
export const stopModel = (tree: Record<string, string | null>): Model<TreeSpec, StopInput, StopOutput> => ({
  init: {
    agents: Object.fromEntries(
      Object.entries(tree).map(([name, parent]) => [name, { parent, state: 'live', acknowledged: false, stop: null }]),
    ),
    stops: [],
  },
  key: (s) => JSON.stringify(s, (_, v) => v ?? null),
  step(s, input, output) {
    if (output && output.said !== expected(s, input, output)) return undefined;
    switch (input.do) {
      case 'spawn': {
        if (s.agents[input.name] || isFenced(s, input.parent) || isFinal(s.agents[input.parent] as AgentSpec)) return s;
        const child: AgentSpec = { parent: input.parent, state: 'live', acknowledged: false, stop: null };
        return { ...s, agents: { ...s.agents, [input.name]: child } };
      }
      case 'claim':
      case 'tick':
        return s;
      case 'finish':
        return finish(s, input, output);
      case 'stop':
        return stop(s, input, output);
      case 'look':
        return output?.said === 'seen' ? look(s, output.agents) : s;
    }
  },
});

function expected(s: TreeSpec, input: StopInput, output: StopOutput): StopOutput['said'] {
  switch (input.do) {
    case 'spawn':
      if (s.agents[input.name]) return 'ok';
      return isFenced(s, input.parent) ? 'fenced' : isFinal(s.agents[input.parent] as AgentSpec) ? 'refused' : 'ok';
    case 'claim':
      return isFenced(s, input.agent) ? 'fenced' : isFinal(s.agents[input.agent] as AgentSpec) ? 'refused' : 'ok';
    case 'finish':
      return output.said === 'refused' ? 'refused' : 'ended';
    case 'stop':
      return ownStop(s, input.agent) === undefined && !hasOpen(s, subtreeOf(s, input.agent)) ? 'refused' : 'accepted';
    case 'tick':
      return 'ticked';
    case 'look':
      return 'seen';
  }
}

function finish(s: TreeSpec, input: Extract<StopInput, { do: 'finish' }>, output: StopOutput | undefined): TreeSpec | undefined {
  const a = s.agents[input.agent] as AgentSpec;
  const refuses = isFinal(a) && a.state !== input.outcome;
  if (output && (output.said === 'refused') !== refuses) return undefined;
  if (isFinal(a)) return s;
  const next = settle(
    a.state === 'live' ? change(s, input.agent, { state: input.outcome }) : change(s, input.agent, { acknowledged: true }),
  );
  return output?.said === 'ended' && output.state !== next.agents[input.agent]?.state ? undefined : next;
}

/** The stop that a request for this agent repeats: the one that fenced it, or the open one of what it left below it. */
function ownStop(s: TreeSpec, agent: string): number | undefined {
  const a = s.agents[agent] as AgentSpec;
  if (a.stop !== null) return a.stop;
  const at = s.stops.findIndex((x) => x.top === agent && hasOpen(s, x.members));
  return isFinal(a) && at >= 0 ? at : undefined;
}

function stop(s: TreeSpec, input: Extract<StopInput, { do: 'stop' }>, output: StopOutput | undefined): TreeSpec | undefined {
  const told = output?.said === 'accepted' ? output : undefined;
  const deadlineMs = told && told.atMs + (input.mode === 'force' ? 0 : input.graceMs);
  const own = ownStop(s, input.agent);
  const known = own === undefined ? undefined : s.stops[own];
  if (known) {
    if (told && known.id !== undefined && told.stopId !== known.id) return undefined;
    const id = known.id ?? told?.stopId;
    if (s.stops.some((x) => x !== known && x.id !== undefined && x.id === id)) return undefined;
    const whole = known.top === input.agent && hasOpen(s, known.members);
    const nearer = known.deadlineMs === undefined || deadlineMs === undefined ? undefined : Math.min(known.deadlineMs, deadlineMs);
    const mode = whole && strength[input.mode] > strength[known.mode] ? input.mode : known.mode;
    const next = { ...known, id, mode, deadlineMs: whole ? nearer : known.deadlineMs };
    return { ...s, stops: s.stops.map((x) => (x === known ? next : x)) };
  }
  const members = subtreeOf(s, input.agent).filter((n) => !isFinal(s.agents[n] as AgentSpec));
  if (members.length === 0) return s;
  if (told && s.stops.some((x) => x.id === told.stopId)) return undefined;
  const place = s.stops.length;
  const accepted: StopSpec = { top: input.agent, mode: input.mode, members, id: told?.stopId, deadlineMs };
  let next: TreeSpec = { ...s, stops: [...s.stops, accepted] };
  for (const m of members) if (s.agents[m]?.state === 'live') next = change(next, m, { state: 'stopping', stop: place });
  // a root that had ended by itself is fenced with what it left: it may not be restored or forked under the stop
  if (next.agents[input.agent]?.stop === null) next = change(next, input.agent, { stop: place });
  return next;
}

/** What is seen must be what was decided; what no reply told yet is learned here. */
function look(s: TreeSpec, seen: Record<string, SeenAgent>): TreeSpec | undefined {
  const names = Object.keys(s.agents);
  if (names.length !== Object.keys(seen).length) return undefined;
  const stops = [...s.stops];
  for (const name of names) {
    const a = s.agents[name] as AgentSpec;
    const shown = seen[name];
    if (!shown || shown.state !== a.state || (shown.stopId === null) !== (a.stop === null)) return undefined;
    const of = a.stop === null ? undefined : stops[a.stop];
    if (!of || a.stop === null) continue;
    if (of.mode !== shown.mode || (of.id ?? shown.stopId) !== shown.stopId) return undefined;
    if ((of.deadlineMs ?? shown.deadlineMs) !== shown.deadlineMs) return undefined;
    stops[a.stop] = { ...of, id: shown.stopId ?? undefined, deadlineMs: shown.deadlineMs ?? undefined };
  }
  return { ...s, stops };
}
