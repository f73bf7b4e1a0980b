import { appRouter } from '../../src/trpc/router.ts';
import { until } from '../database/support.ts';
import type { Json, TestServer } from '../harness.ts';
import { buildWorld, type Caller, type Credentials, callers, type Outcome, type Standing, type World } from './callers.ts';
import { calls } from './calls.ts';
import { expected } from './expected.ts';

type Kind = 'query' | 'mutation';
const procedures = appRouter._def.procedures as unknown as Record<string, { _def: { type: Kind } }>;
/** Every procedure there is, those first that fence nobody else. */
export const paths: string[] = Object.keys(procedures).sort((a, b) => Number(a === 'project.stop') - Number(b === 'project.stop'));
export const isQuery = (path: string): boolean => procedures[path]?._def.type === 'query';

export type Answer = { status: number; body: Json; text: string };
export async function callAs(server: TestServer, path: string, input: object, who: Credentials): Promise<Answer> {
  const json = JSON.stringify(input);
  const url = `${server.url}/trpc/${path}`;
  const res = isQuery(path)
    ? await fetch(`${url}?input=${encodeURIComponent(json)}`, { headers: who })
    : await fetch(url, { method: 'POST', headers: { ...who, 'content-type': 'application/json' }, body: json });
  const text = await res.text();
  return { status: res.status, body: JSON.parse(text), text };
}

/** How the call ended, as far as rights go; what an allowed call answers is for other tests. */
function outcomeOf({ status, body }: Answer): Outcome | string {
  // a batch answers each of its parts for itself
  const error = body.error?.data?.reeve ?? (body.result?.data?.directives ?? body.result?.data?.results)?.[0]?.error;
  if (!error) return status < 300 ? 'yes' : `status ${status}`;
  switch (error.code) {
    case 'unauthenticated':
    case 'fenced':
      return error.code;
    case 'forbidden':
    case 'confirmation_required':
    case 'self_approval':
      return 'forbidden';
    case 'not_found':
      return 'absent';
    case 'internal':
    case 'invalid_input':
      return `${error.code} ${JSON.stringify(error)}`;
    default:
      return 'yes'; // let in, and refused for what the thing is, not for who asks
  }
}

export type Cell = { caller: Caller; outcome: Outcome | string; changed: boolean; sees: boolean };

/** One row: what every caller gets from a procedure. Each that may change something has a world of its own. */
export async function row(server: TestServer, path: string, who: Standing, only: readonly Caller[] = callers): Promise<Cell[]> {
  const input = (w: World) => calls[path]?.input?.(w) ?? {};
  const used = usedBy(input);
  const build = (fenced: boolean) => buildWorld(server, who, { fenced, without: (thing) => !isQuery(path) && !used.has(thing) });
  // those that must be refused leave no trace, and so can share one
  const shared = await build(false);
  const needsItsOwn = (c: Caller) => c === 'fenced target' || (!isQuery(path) && ['yes', 'own'].includes(expected(path, c)));
  const worlds = await Promise.all(only.map((c) => (needsItsOwn(c) ? build(c === 'fenced target') : shared)));
  if (path === 'demo.start') await callAs(server, 'runners.poll', { id: who.hostId, waitMs: 0 }, who.as['host runner'] as Credentials);
  const cells: Cell[] = [];
  const seq = await server.lastSeq();
  let before = await factsOf(server, seq);
  for (const [i, caller] of only.entries()) {
    const world = worlds[i] as World;
    const answer = await callAs(server, path, input(world), world.as[caller]);
    const after = await factsOf(server, seq);
    const changed = after !== before;
    before = after;
    const outcome = outcomeOf(answer);
    // names, titles and reasons of the world carry its key
    const sees = outcome === 'yes' && answer.text.includes(world.key);
    cells.push({ caller, outcome, changed, sees });
    if (path === 'project.stop' && outcome === 'yes' && caller !== 'another project') {
      // not before all that live are members of the stop
      await until(async () => (await server.post('/project/reopen')).status === 200, 'the project to open again', 150_000);
      before = await factsOf(server, seq);
    }
  }
  return cells;
}
/** What of a world a call names. */
function usedBy(input: (w: World) => object): Set<string> {
  const used = new Set<string>();
  const things: Record<string, string> = { claimToken: 'taskId', artefactId: 'taskId', key: 'lockToken' }; // a lock goes by the key of its world
  input(new Proxy({} as World, { get: (_, name) => used.add(things[String(name)] ?? String(name)) && 'x' }));
  return used;
}
/** What callers have made of the project since then: each fact raises it. */
const factsOf = async (server: TestServer, seq: number): Promise<string> => {
  const [row] = await server.sql(
    `select (select count(*) from event where project_id = 'prj_default' and seq > $1 and actor not like 'system:%')
      || '/' || (select count(*) from agent_event) || '/' || (select count(*) from agent_log) || '/' || (select count(*) from session)
      || '/' || (select count(*) from token where project_id = 'prj_default') || '/' || (select count(*) from member)
      || '/' || (select count(*) from invitation where project_id = 'prj_default')
      || '/' || (select count(*) from webhook where project_id = 'prj_default') as facts`,
    [seq],
  );
  return row.facts;
};

/** The cells that are not as they must be, each in a line. */
export function faults(path: string, cells: readonly Cell[], must: (path: string, caller: Caller) => Outcome): string[] {
  return cells.flatMap(({ caller, outcome, changed, sees }) => {
    const want = must(path, caller);
    const said = `${path} by ${caller}`;
    const got = want === 'own' ? (outcome === 'absent' ? 'own' : outcome === 'yes' ? 'own' : outcome) : outcome;
    if (got !== want) return [`${said}: ${outcome}, must be ${want}`];
    if (want !== 'yes' && sees) return [`${said}: sees what is not its own`];
    if (want !== 'yes' && want !== 'own' && changed) return [`${said}: changed something although refused`];
    if (caller === 'another project' && changed) return [`${said}: changed this project`];
    return [];
  });
}
