import { createHash, randomUUID } from 'node:crypto';
import type { Json, TestServer } from '../harness.ts';

/** Every kind of caller that the matrix asks about, seen from the agent `target` and what belongs to it. */
export const callers = [
  'nobody',
  'expired session',
  'expired token',
  'older epoch',
  'another project',
  'sibling',
  'child',
  'target',
  'parent',
  'fenced target',
  'host runner',
  'other runner',
  'viewer',
  'operator',
  'approver',
  'owner',
  'owner unproven',
  'viewer token',
  'operator token',
  'owner token',
] as const;
export type Caller = (typeof callers)[number];

/** How a call ends: let in (whatever it answers then), or the contract's refusal. */
export type Outcome = 'yes' | 'own' | 'unauthenticated' | 'forbidden' | 'absent' | 'fenced';

export type Credentials = Record<string, string>;

const hash = (text: string) => createHash('sha256').update(text).digest('hex');
export const bearer = (token: string): Credentials => ({ authorization: `Bearer ${token}` });
const otherProject = 'prj_other';

/** Callers who are the same in every world: people, tokens and those who are nobody (any more). */
export type Standing = { as: Partial<Record<Caller, Credentials>>; hostId: string; repositoryId: string; otherAgentId: string };

export async function standing(server: TestServer): Promise<Standing> {
  const { url } = server;
  const session = async (role: string | null, ends = "now() + interval '1 hour'", proven = true): Promise<Credentials> => {
    const id = `per_${randomUUID()}`;
    const secret = randomUUID();
    await server.sql('insert into person (id, name) values ($1, $2)', [id, `a ${role}`]);
    if (role) await server.sql('insert into member (project_id, person_id, role) values ($1, $2, $3)', ['prj_default', id, role]);
    // who has something to show, and showed it a while ago
    if (!proven) await server.sql("insert into account (id, account_id, provider_id, person_id) values ($1, $1, 'credential', $1)", [id]);
    await server.sql(
      `insert into session (hash, kind, person_id, expires_at, proven_at) values ($1, 'session', $2, ${ends}, now() - $3 * interval '1 hour')`,
      [hash(secret), id, proven ? 0 : 1],
    );
    return { cookie: `reeve_session=${secret}`, origin: url };
  };
  const token = async (role: string, project = 'prj_default', ends = 'null'): Promise<Credentials> => {
    const secret = `rv_${randomUUID()}`;
    await server.sql(
      `insert into token (hash, project_id, kind, subject_id, epoch, role, created_at, expires_at) values ($1, $2, 'project', $3, 1, $4, now(), ${ends})`,
      [hash(secret), project, secret, role],
    );
    return bearer(secret);
  };
  const runner = (name: string) =>
    server.ok(server.post('/runners', { name, host: 'h', pid: 7, startTime: '1', containment: 'process-group' }));
  const [host, other] = [await runner('local'), await runner('other')];
  const { id: repositoryId } = await server.ok(server.post('/repositories', { name: 'matrix', path: '/srv/m', gates: { test: 'true' } }));

  // a token of an epoch that is over: whatever it was, it is nobody's now
  const old = await server.agent({ name: 'restored' });
  const { checkpointId } = await server.ok(server.post(`/agents/${old.agentId}/checkpoints`, { sequence: 1, state: {}, trigger: 'test' }));
  await server.ok(server.post(`/checkpoints/${checkpointId}/restore`, { mode: 'restore' }));

  await server.sql('insert into project (id, name) values ($1, $1)', [otherProject]);
  const stranger = await token('owner', otherProject);
  const there = (body: object) =>
    fetch(`${url}/api/v1/agents`, {
      method: 'POST',
      headers: { ...stranger, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const { agentId: otherAgentId } = (await (await there({ name: 'of another project' })).json()) as Json;

  return {
    hostId: host.runnerId,
    repositoryId,
    otherAgentId,
    as: {
      nobody: {},
      'expired session': await session('owner', "now() - interval '1 second'"),
      'expired token': await token('owner', 'prj_default', "now() - interval '1 second'"),
      'older epoch': bearer(old.token),
      'another project': stranger,
      'host runner': bearer(host.token),
      'other runner': bearer(other.token),
      viewer: await session('viewer'),
      operator: await session('operator'),
      approver: await session('approver'),
      owner: await session('owner'),
      'owner unproven': await session('owner', undefined, false),
      'viewer token': await token('viewer'),
      'operator token': await token('operator'),
      'owner token': await token('owner'),
    },
  };
}

/** A family of agents and one of each thing that belongs to `target`; `key` makes its names its own. */
export type World = {
  key: string;
  as: Record<Caller, Credentials>;
  parentId: string;
  targetId: string;
  siblingId: string;
  childId: string;
  taskId: string;
  claimToken: string;
  artefactId: string;
  lockToken: string;
  checkpointId: string;
  cutId: string;
  reservationId: string;
  budgetId: string;
  changeId: string;
  stopId: string;
  webhookId: string;
  deliveryId: string;
  personId: string;
  invitationId: string;
  tokenId: string;
} & Pick<Standing, 'hostId' | 'repositoryId'>;

/** What a world can do without: made only where it is asked for. */
type Thing =
  | 'taskId'
  | 'lockToken'
  | 'checkpointId'
  | 'cutId'
  | 'reservationId'
  | 'budgetId'
  | 'changeId'
  | 'stopId'
  | 'webhookId'
  | 'personId'
  | 'invitationId'
  | 'tokenId';

export async function buildWorld(
  server: TestServer,
  s: Standing,
  o: { fenced?: boolean; without?: (thing: Thing) => boolean } = {},
): Promise<World> {
  const when = <T>(thing: Thing, make: () => Promise<T>): Promise<T | undefined> | undefined => (o.without?.(thing) ? undefined : make());
  const key = randomUUID();
  const { post, ok } = { post: server.post.bind(server), ok: server.ok.bind(server) };
  const agent = (name: string, parentId: string | null, more: object = {}) => ok(post('/agents', { name, parentId, ...more }));
  const parent = await agent('parent', null);
  const [target, sibling] = await Promise.all([
    agent(`target ${key}`, parent.agentId, { runnerId: s.hostId, budgetUsd: '100' }),
    agent('sibling', parent.agentId),
  ]);
  const child = await agent('child', target.agentId);
  const mine = { agentId: target.agentId };
  const patch = (path: string) =>
    `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+${key}\n`;
  const patches = { testPatch: patch('test/x.test.ts'), fixPatch: patch('src/x.ts') };
  const [claimed, lock, checkpoint, cut, reservation, budget, change, stop, webhook, personId, invitation, token] = await Promise.all([
    when('taskId', async () => {
      const { id } = await ok(post('/tasks', { title: key, labels: [key] }, target.token));
      const { tasks } = await ok(post('/tasks/claim', { ...mine, labels: [key] }, target.token));
      const { token } = tasks[0].claim;
      const proof = { token, kind: 'k', name: 'n', content: key };
      const { artefactId } = await ok(post(`/tasks/${id}/artefacts`, proof, target.token));
      return { id, token, artefactId };
    }),
    when('lockToken', () => ok(post(`/locks/${key}/acquire`, { ...mine, leaseMs: 3_600_000 }, target.token))),
    when('checkpointId', () =>
      ok(post(`/agents/${target.agentId}/checkpoints`, { sequence: 1, state: { key }, trigger: 'test' }, target.token)),
    ),
    when('cutId', () => ok(post(`/agents/${target.agentId}/checkpoint`, { subtree: true, reason: key }))),
    when('reservationId', () => ok(post('/costs/reservations', { ...mine, amountUsd: '1' }, target.token))),
    when('budgetId', () => ok(post('/budgets', { name: key, scope: 'subtree', ...mine, softUsd: '50' }))),
    when('changeId', () => ok(post('/changes', { ...mine, repositoryId: s.repositoryId, title: key, reason: 'r', ...patches }))),
    when('stopId', async () => {
      const ended = await agent('ended', target.agentId, { runnerId: s.hostId });
      return ok(post(`/agents/${ended.agentId}/stop`, { mode: 'force', reason: key }));
    }),
    when('webhookId', async () => {
      // to an address that it may not be sent to: a try ends at once
      const { id } = await ok(post('/webhooks', { name: key, url: 'https://127.0.0.1:9/' }));
      const { id: deliveryId } = await ok(post(`/webhooks/${id}/test`, {}));
      return { id, deliveryId };
    }),
    when('personId', async () => {
      const id = `per_${key}`;
      await server.sql('insert into person (id, name) values ($1, $1)', [id]);
      await server.sql("insert into member (project_id, person_id, role) values ('prj_default', $1, 'viewer')", [id]);
      return id;
    }),
    when('invitationId', () => ok(post('/invitations', { email: `${key}@example.com`, role: 'viewer' }))),
    when('tokenId', () => ok(post('/tokens', { name: key, role: 'viewer' }))),
    ok(post('/costs', { events: [{ eventId: key, ...mine, model: 'm', inputTokens: 1, outputTokens: 1, costUsd: '0.01' }] }, target.token)),
    ok(post(`/agents/${target.agentId}/effects/begin`, { key: 'begun', attemptId: 'a' }, target.token)),
  ]);
  if (o.fenced) await ok(post(`/agents/${target.agentId}/stop`, { graceMs: 3_600_000, reason: 'fenced' }));
  return {
    key,
    parentId: parent.agentId,
    targetId: target.agentId,
    siblingId: sibling.agentId,
    childId: child.agentId,
    taskId: claimed?.id ?? '',
    claimToken: claimed?.token ?? '',
    artefactId: claimed?.artefactId ?? '',
    lockToken: lock?.token ?? '',
    checkpointId: checkpoint?.checkpointId ?? '',
    cutId: cut?.cutId ?? '',
    reservationId: reservation?.reservationId ?? '',
    budgetId: budget?.budgetId ?? '',
    changeId: change?.id ?? '',
    stopId: stop?.stopId ?? '',
    webhookId: webhook?.id ?? '',
    deliveryId: webhook?.deliveryId ?? '',
    personId: personId ?? '',
    invitationId: invitation?.id ?? '',
    tokenId: token?.id ?? '',
    hostId: s.hostId,
    repositoryId: s.repositoryId,
    as: {
      ...s.as,
      parent: bearer(parent.token),
      target: bearer(target.token),
      'fenced target': bearer(target.token),
      sibling: bearer(sibling.token),
      child: bearer(child.token),
    } as World['as'],
  };
}
