import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { operator, system, TestFleet } from '@reeve/core/testing';
import type { RunnerReport } from '@reeve/core/vocabulary';
import { afterEach, describe, expect, test } from 'vitest';
import type { ActivateOrder } from './activate.ts';
import { isChangeOrder } from './index.ts';
import { Bench, library, only, quickGates, sumFix, sumTest } from './testing-repository.ts';

const open: Bench[] = [];
const bench = (): Bench => {
  const made = new Bench(library, quickGates);
  open.push(made);
  return made;
};
afterEach(() => {
  for (const b of open.splice(0)) b.close();
});

const adds = 'grep -q "a + b" src/sum.mjs';
let orders = 0;
/** A change merged for good, and the order to check it. */
async function merged(healthCheck: string, healthCheckMs = 30_000): Promise<{ b: Bench; order: ActivateOrder; before: string }> {
  const b = bench();
  const before = b.tip();
  const merge = await b.verified();
  await b.run(merge);
  const { changeId, title, repository, candidateSha } = merge;
  const about = { changeId, title, repository, mergedSha: candidateSha, healthCheck, healthCheckMs };
  return { b, before, order: { kind: 'activate-change', orderId: `act_${++orders}`, ...about } };
}
const checked = async (healthCheck: string, healthCheckMs?: number) => {
  const { b, order } = await merged(healthCheck, healthCheckMs);
  return only(await b.run(order), 'change-activated');
};

describe('the health check', () => {
  test('runs on the merged commit, shut in, and tells its log; the operator’s tree has no say in it', async () => {
    const { b, order } = await merged(`${adds} && echo "$HOME" && ! ls .git "${process.cwd()}/package.json"`);
    b.write({ 'src/sum.mjs': 'export const sum = () => 0;\n' });
    const before = b.snapshot();
    const { gate } = only(await b.run(order), 'change-activated');
    expect(gate).toMatchObject({ name: 'health', on: 'candidate', exitCode: 0, passed: true });
    expect(gate?.excerpt).toContain('exit code 0 after');
    expect(b.snapshot()).toEqual(before);
  });
  test('fails by its exit code, by its time, and by what cannot be run', async () => {
    expect((await checked('echo it is broken; exit 3')).gate).toMatchObject({
      exitCode: 3,
      passed: false,
      excerpt: expect.stringContaining('it is broken'),
    });
    expect((await checked('sleep 600', 1_000)).gate).toMatchObject({ exitCode: null, passed: false });
    const { b, order } = await merged('true');
    const unknown = only(await b.run({ ...order, orderId: 'x', mergedSha: 'f'.repeat(40) }), 'change-activated');
    expect([unknown.gate, typeof unknown.error]).toEqual([undefined, 'string']);
    const rules = { minimumIsolation: 'bubblewrap' } as const;
    const weak = await b.run({ ...order, orderId: 'y', repository: { ...order.repository, rules } }, { sandbox: 'process-group' });
    expect(only(weak, 'change-activated')).toMatchObject({ error: expect.stringContaining('bubblewrap') });
  });
  test('ordered again it tells the same, and runs once', async () => {
    const { b, order } = await merged('echo $$ $(date +%N)');
    expect(await b.run(order)).toEqual(await b.run(order));
  });
});

test('a merge that comes to the runner after its time moves nothing', async () => {
  const b = bench();
  const before = b.tip();
  const order = await b.verified();
  const late = await b.run({ ...order, orderId: 'late', landBeforeMs: Date.now() - 1 });
  expect(late).toEqual([{ kind: 'change-failed', changeId: order.changeId, error: expect.stringContaining('too late') }]);
  expect(b.tip()).toBe(before);
  expect((await b.run({ ...order, landBeforeMs: Date.now() + 60_000 })).at(-1)?.kind).toBe('change-merged');
});

test('no change may touch what the health check runs', async () => {
  const b = bench();
  b.write({ 'smoke.mjs': 'process.exit(0);\n' });
  b.commit('smoke');
  const rules = { activation: { healthCheck: 'node smoke.mjs', healthCheckMs: 1_000, quiesce: 'none', quiesceMs: 1_000 } } as const;
  b.repository = { ...b.repository, rules };
  const reports = await b.verify(sumTest(), { ...sumFix, 'smoke.mjs': 'process.exit(1);\n' });
  expect(only(reports, 'change-refused')).toMatchObject({ rule: 'protected-path', detail: expect.stringContaining('smoke.mjs') });
});

/** A supervisor, a repository with git, and between them what a runner does; the clock of the supervisor is the test's. */
async function world(healthCheck: string) {
  const b = bench();
  const fleet = new TestFleet();
  const runner = await fleet.runner();
  const { coder } = await fleet.tree<'coder'>({ coder: {} });
  const { layers, path, gates } = b.repository;
  const rules = { activation: { healthCheck, healthCheckMs: 30_000, quiesceMs: 30_000 } };
  const { repositoryId } = await fleet.do('repositories.register', { name: 'tools', path, layers, gates, rules } as never);
  const done: string[] = [];
  /** Carries out what is ordered, until nothing is; answers the orders. */
  const work = async (until: (kind: string) => boolean = () => false) => {
    const kinds: string[] = [];
    for (;;) {
      const order = (await fleet.poll(runner, done)).orders.filter((o) => isChangeOrder(o)).find((o) => !done.includes(o.orderId));
      if (!order || until(order.kind)) return kinds;
      kinds.push(order.kind);
      const reports = await b.run(order.kind === 'merge-change' ? { ...order, landBeforeMs: undefined } : order);
      await fleet.report(runner, ...reports);
      done.push(order.orderId);
    }
  };
  const propose = async (agentId: string) => {
    const patches = { testPatch: b.patch(sumTest()), fixPatch: b.patch(sumFix) };
    const proposal = { repositoryId, agentId, title: 'Add', reason: 'It subtracts', ...patches };
    const { changeId } = await fleet.do('changes.propose', proposal);
    await work();
    return changeId;
  };
  const change = (id: string) => fleet.state.changes.get(id);
  const approve = async (id: string) =>
    fleet.do('changes.approve', { id, diffHash: change(id)?.diffHash ?? '', comment: '' } as never, operator);
  const rest = async (id: string) => {
    fleet.clock.pass(1_000);
    await fleet.beat(id, { state: 'paused' });
    await fleet.do('changes.tick', {}, system);
  };
  return { b, fleet, coder, work, propose, change, approve, rest };
}

describe('I-SELF-8, I-SELF-9: from the approval to code in use, with git and processes', () => {
  test('healthy: the branch moves only once the agent is at rest, and the agent goes on after the check', async () => {
    const w = await world(adds);
    const before = w.b.tip();
    const id = await w.propose(w.coder);
    await w.approve(id);
    expect([await w.work(), w.b.tip(), w.fleet.agentOf(w.coder).pausedBy]).toEqual([[], before, 'change']);
    await w.rest(w.coder);
    expect(await w.work((kind) => kind === 'activate-change')).toEqual(['merge-change']);
    expect([w.b.tip(), w.fleet.agentOf(w.coder).state]).toEqual([w.change(id)?.candidateSha, 'paused']);
    expect(await w.work()).toEqual(['activate-change']);
    expect([w.change(id)?.activation?.state, w.fleet.agentOf(w.coder).state]).toEqual(['healthy', 'running']);
  }, 60_000);
  test('unhealthy: a revert commit puts the tree back as it was, by itself, and the agent goes on then', async () => {
    const w = await world('exit 4');
    const before = w.b.tip();
    const treeBefore = w.b.git('rev-parse', `${before}^{tree}`);
    const id = await w.propose(w.coder);
    await w.approve(id);
    await w.rest(w.coder);
    await w.work((kind) => kind === 'activate-change');
    expect(w.b.tip()).not.toBe(before);
    expect(await w.work()).toEqual(['activate-change', 'rollback-change']);
    expect(w.change(id)).toMatchObject({ state: 'rolled-back', activation: { state: 'rolled-back', open: false } });
    expect(w.b.git('rev-parse', 'main^{tree}')).toBe(treeBefore);
    expect(w.b.git('log', '--format=%H', 'main').split('\n').slice(1)).toEqual([w.change(id)?.candidateSha, before]);
    expect(w.b.git('status', '--porcelain')).toBe('');
    expect(w.fleet.agentOf(w.coder).state).toBe('running');
    expect(w.change(id)?.gates.find((g) => g.name === 'health')?.exitCode).toBe(4);
  }, 60_000);
});

test('kill -9 amid a health check: ordered again it runs from the start, on a clean folder', async () => {
  const { b, order } = await merged('test ! -e left && touch left && sleep 0.2');
  const child = fileURLToPath(new URL('./crash-child.ts', import.meta.url));
  const [orderFile, steps] = [join(b.root, 'order.json'), join(b.root, 'steps')];
  writeFileSync(orderFile, JSON.stringify(order));
  const die = (at: number) =>
    spawnSync(process.execPath, ['--import', import.meta.resolve('tsx'), child, orderFile, b.dataDir, steps, String(at)], {
      encoding: 'utf8',
    });
  expect(die(0).status).toBe(0);
  const all = readFileSync(steps, 'utf8').trim().split('\n').length;
  for (const at of [1, Math.floor(all / 2), all]) {
    rmSync(join(b.dataDir, 'changes', 'orders'), { recursive: true });
    expect(die(at).signal).toBe('SIGKILL');
  }
  rmSync(join(b.dataDir, 'changes', 'orders'), { recursive: true, force: true });
  const reports: RunnerReport[] = await b.run(order);
  expect(only(reports, 'change-activated').gate).toMatchObject({ passed: true });
  expect(existsSync(join(b.dataDir, 'changes', 'work', `${order.changeId}-health`))).toBe(false);
}, 60_000);
