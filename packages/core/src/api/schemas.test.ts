import { describe, expect, it } from 'vitest';
import { encodeColumns } from './fleet.ts';
import * as inputs from './inputs.ts';
import { agentRowFields, encodeAgent } from './live.ts';
import { accountIdInput, createTokenInput, inviteInput, setRoleInput } from './people.ts';
import { isAtLeast, roles } from './roles.ts';
import { addWebhookInput, alertTypes, listDeliveriesInput, webhookIdInput } from './webhooks.ts';

type Checked = { safeParse(v: unknown): { success: boolean; error?: { issues: { path: PropertyKey[]; message: string }[] } } };
/** Where it is refused, and what is said. */
const refusal = (schema: Checked, value: unknown): string | null => {
  const read = schema.safeParse(value);
  return read.success ? null : (read.error?.issues.map((i) => `${i.path.join('.')}: ${i.message}`).join('; ') ?? '');
};

describe('what only two fields together tell', () => {
  it('an orphan is left alone for a time, and nothing else is', () => {
    const order = { agentIds: ['a'], reason: 'r' };
    const together = 'forMs: goes with ignore, and ignore with it';
    expect(refusal(inputs.handleOrphansInput, { ...order, action: 'ignore', forMs: 1_000 })).toBeNull();
    expect(refusal(inputs.handleOrphansInput, { ...order, action: 'stop' })).toBeNull();
    expect(refusal(inputs.handleOrphansInput, { ...order, action: 'ignore' })).toBe(together);
    expect(refusal(inputs.handleOrphansInput, { ...order, action: 'stop', forMs: 1_000 })).toBe(together);
  });
  it('an override has a reason of three letters', () => {
    expect(refusal(inputs.acceptTaskInput, { id: 't', override: true, reason: 'abc' })).toBeNull();
    expect(refusal(inputs.acceptTaskInput, { id: 't', override: true, reason: 'ab' })).toBe('reason: an override needs a reason');
    expect(refusal(inputs.acceptTaskInput, { id: 't', reason: '' })).toBeNull();
  });
  it('an artefact is a content or a place, not both and not neither', () => {
    const proof = { id: 't', kind: 'k', name: 'n' };
    const either = 'content: either a content or a uri';
    expect(refusal(inputs.addArtefactInput, { ...proof, content: 'c' })).toBeNull();
    expect(refusal(inputs.addArtefactInput, { ...proof, uri: 'u' })).toBeNull();
    expect(refusal(inputs.addArtefactInput, proof)).toBe(either);
    expect(refusal(inputs.addArtefactInput, { ...proof, content: 'c', uri: 'u' })).toBe(either);
  });
  it('many tasks get a priority where that is what is to be done', () => {
    const many = { ids: ['t'], reason: '' };
    expect(refusal(inputs.bulkTasksInput, { ...many, action: 'prioritise', priority: 1 })).toBeNull();
    expect(refusal(inputs.bulkTasksInput, { ...many, action: 'prioritise' })).not.toBeNull();
    expect(refusal(inputs.bulkTasksInput, { ...many, action: 'retry' })).toBeNull();
  });
  it('a range ends where it begins, or later', () => {
    const range = (from: number, to: number) => refusal(inputs.historyRangeInput, { from, to });
    expect([range(1, 1), range(1, 2)]).toEqual([null, null]);
    expect(range(2, 1)).not.toBeNull();
  });
});

describe('bounds, to the last step', () => {
  it('the depth of a session', () => {
    const depth = (n: number) => refusal(inputs.registerAgentInput, { name: 'x', limits: { depth: n } });
    expect([depth(64), depth(65)]).toEqual([null, 'limits.depth: at most 64']);
    expect(refusal(inputs.registerAgentInput, { name: 'x', limits: {} })).toBeNull();
  });
  it('the least amount', () => {
    const reserve = (amountUsd: string) => refusal(inputs.reserveCostInput, { agentId: 'a', amountUsd });
    expect([reserve('0.000000001'), reserve('0')]).toEqual([null, 'amountUsd: must be at least 0.000000001']);
    const adjust = (amountUsd: string) =>
      refusal(inputs.adjustCostInput, { eventId: 'e', agentId: 'a', refersTo: 'r', amountUsd, reason: 'x' });
    expect([adjust('0.000000001'), adjust('-0.000000001'), adjust('0')]).toEqual([null, null, 'amountUsd: must not be 0']);
  });
  it('a checkpoint of nothing at all', () => {
    const save = { id: 'a', sequence: 1, trigger: 't' };
    expect(refusal(inputs.saveCheckpointInput, { ...save, state: null })).toBeNull();
    expect(refusal(inputs.saveCheckpointInput, save)).toBe('state: is missing');
  });
});

describe('people and tokens', () => {
  it('roles, the least first', () => {
    for (const [i, role] of roles.entries()) for (const [j, least] of roles.entries()) expect(isAtLeast(role, least)).toBe(i >= j);
  });
  it('an address in small letters, a role that there is, a token that ends', () => {
    expect(inviteInput.parse({ email: 'Ann@Example.com', role: 'viewer' })).toEqual({ email: 'ann@example.com', role: 'viewer' });
    expect(refusal(inviteInput, { email: 'ann', role: 'viewer' })).not.toBeNull();
    expect(refusal(setRoleInput, { id: 'p', role: 'boss' })).not.toBeNull();
    expect(refusal(setRoleInput, { id: 'p', role: 'owner' })).toBeNull();
    for (const schema of [accountIdInput, webhookIdInput])
      expect([refusal(schema, { id: '' }) === null, refusal(schema, { id: 'x' })]).toEqual([false, null]);
    expect(createTokenInput.parse({ name: ' ci ', role: 'operator' })).toEqual({ name: 'ci', role: 'operator', days: 90 });
    for (const days of [1, 3650, null]) expect(refusal(createTokenInput, { name: 'c', role: 'owner', days })).toBeNull();
    for (const days of [0, 3651, 1.5]) expect(refusal(createTokenInput, { name: 'c', role: 'owner', days })).not.toBeNull();
    expect(refusal(createTokenInput, { name: ' ', role: 'owner' })).not.toBeNull();
  });
});

describe('a webhook', () => {
  const add = (over: object) => refusal(addWebhookInput, { name: 'pager', url: 'https://example.com/hook', ...over });
  it('hears of everything unless told otherwise', () => {
    expect(addWebhookInput.parse({ name: 'n', url: 'https://example.com/' })).toEqual({
      name: 'n',
      url: 'https://example.com/',
      events: [...alertTypes],
      allowPrivate: false,
    });
    expect([add({ events: [] }) === null, add({ events: ['weather'] }) === null, add({ events: ['budget.near'] })]).toEqual([
      false,
      false,
      null,
    ]);
  });
  it('is https unless addresses that are not public are allowed, and holds no password', () => {
    expect(add({ url: 'http://example.com/' })).toBe('url: must be https unless addresses that are not public are allowed');
    expect(add({ url: 'http://127.0.0.1/', allowPrivate: true })).toBeNull();
    expect(add({ url: 'ftp://example.com/', allowPrivate: true })).not.toBeNull();
    for (const url of ['https://ann:secret@example.com/', 'https://ann@example.com/', 'http://ann@example.com/'])
      expect(add({ url, allowPrivate: true })).toBe('url: must not hold a name or password');
    for (const url of ['https://example.com/a@b', 'https://example.com/?to=a@b', 'https://example.com/#a@b'])
      expect(add({ url })).toBeNull();
  });
  it('shows its deliveries by page', () => {
    expect(listDeliveriesInput.parse({ id: 'w' })).toEqual({ id: 'w', limit: 50 });
    expect([0, 1, 100, 101].map((limit) => refusal(listDeliveriesInput, { id: 'w', limit }) === null)).toEqual([false, true, true, false]);
  });
});

describe('the fleet by columns', () => {
  it('what may hold spaces is JSON, the rest is split at them; what is not there is a dash', () => {
    const agent = (over: object) => encodeAgent({ ...Object.fromEntries(agentRowFields.map((f) => [f, null])), ...over } as never);
    const columns = encodeColumns([agent({ id: 'a1', name: 'Ann B.', epoch: 1 }), agent({ id: 'a2', name: 'Bob', epoch: 2 })]);
    expect(columns).toMatchObject({ id: 'a1 a2', name: '["Ann B.","Bob"]', parentId: '- -', epoch: '1 2', activity: '[null,null]' });
    expect(Object.keys(columns)).toEqual([...agentRowFields]);
  });
});
