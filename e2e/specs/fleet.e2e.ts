import { execFileSync } from 'node:child_process';
import type { ChangeDossier, ChangeView, CostRow, Page as ListOf, TaskView } from '@reeve/core/vocabulary';
import { nanoUsdOf } from '@reeve/core/vocabulary';
import { allAgents, countLoads, expect, liveStatus, test } from '../support/fixtures.ts';
import { alive, commandOf, processesWith } from '../support/processes.ts';
import type { ReeveServer } from '../support/server.ts';

const nanoOf = (usd: string): bigint => nanoUsdOf(usd) ?? 0n;
/** The sum of the ledger itself, by model: no rollup is asked. */
async function ledgerNanoUsd(reeve: ReeveServer): Promise<bigint> {
  const { items } = await reeve.api<ListOf<CostRow>>('GET', '/costs?groupBy=model');
  return items.reduce((sum, row) => sum + nanoOf(row.ownUsd), 0n);
}

test.use({ demo: '1' });
test.describe.configure({ mode: 'serial' });

test('the tree grows while one watches', async ({ dashboard, reeve }) => {
  const loads = countLoads(dashboard);
  await expect(liveStatus(dashboard)).toContainText('Live');
  await expect(dashboard.getByTestId('agent-node-Orchestrator')).toHaveAttribute('data-state', 'running', { timeout: 40_000 });
  await expect.poll(async () => (await allAgents(reeve, '&state=running')).length, { timeout: 60_000 }).toBeGreaterThanOrEqual(12);
  const depth = Math.max(...(await allAgents(reeve)).map((a) => a.path.length));
  expect(depth).toBeGreaterThanOrEqual(3);
  await expect.poll(() => dashboard.locator('[data-testid^="agent-node-"]').count()).toBeGreaterThanOrEqual(8);
  expect(loads()).toBe(0);
});

test('cost and board change without a reload', async ({ dashboard, reeve }) => {
  await dashboard.goto(`${reeve.url}/costs`);
  const loads = countLoads(dashboard);
  const total = dashboard.getByTestId('cost-total');
  const before = await total.textContent();
  await expect.poll(() => total.textContent(), { timeout: 40_000 }).not.toBe(before);
  await dashboard
    .getByRole('link', { name: /^Tasks/ })
    .first()
    .click();
  const done = async () => (await reeve.api<ListOf<TaskView>>('GET', '/tasks?state=done&limit=1000')).items.length;
  const doneBefore = await done();
  await expect.poll(done, { timeout: 60_000 }).toBeGreaterThan(doneBefore);
  const newest = (await reeve.api<ListOf<TaskView>>('GET', '/tasks?state=done&limit=1000')).items
    .sort((a, b) => (a.finishedAt ?? '').localeCompare(b.finishedAt ?? ''))
    .at(-1);
  await expect(
    dashboard
      .getByTestId('column-done')
      .getByText(newest?.title ?? '')
      .first(),
  ).toBeVisible();
  expect(loads()).toBe(0);
});

test('an approved change is a commit on main of the sample repository', async ({ dashboard, reeve }) => {
  const waiting = () => reeve.api<ListOf<ChangeView>>('GET', '/changes?state=awaiting-approval');
  await expect
    .poll(async () => (await waiting()).items.length, { timeout: 150_000, message: 'a change waits for approval' })
    .toBeGreaterThan(0);
  const change = (await waiting()).items[0] as ChangeView;
  const repository = (await reeve.api<ListOf<{ id: string; path: string }>>('GET', '/repositories')).items.find(
    (r) => r.id === change.repositoryId,
  );
  const git = (...args: string[]) => execFileSync('git', ['-C', repository?.path ?? '', ...args], { encoding: 'utf8' }).trim();
  const before = git('rev-parse', 'main');
  expect(before).toBe(change.baseSha);

  await dashboard.goto(`${reeve.url}/approvals/${change.id}`);
  await expect(dashboard.getByTestId('change-state')).toContainText(/waiting|awaiting/i);
  // a press on a line of the diff begins a comment there
  await dashboard.getByTitle('Comment on line 1', { exact: true }).first().click();
  const comment = dashboard.getByLabel('Say something about this change');
  await expect(comment).toBeFocused();
  await dashboard.keyboard.type('Why this line?');
  await dashboard.getByRole('button', { name: 'Comment', exact: true }).click();
  // the field has the text of the comment as well: what is told is empty again
  await expect(comment).toHaveValue('');
  await expect(dashboard.getByTestId('change-comments')).toContainText('Why this line?');
  const { comments, blastRadius } = await reeve.api<ChangeDossier>('GET', `/changes/${change.id}`);
  expect(comments).toMatchObject([{ body: 'Why this line?', path: expect.any(String), line: 1 }]);
  expect(blastRadius?.files.map((f) => f.path)).toContain(comments[0]?.path);

  await dashboard.getByTestId('approve-change').click();
  await expect(dashboard.getByTestId('change-state')).toContainText(/merged/i, { timeout: 60_000 });

  const dossier = await reeve.api<ChangeDossier>('GET', `/changes/${change.id}`);
  expect(git('rev-parse', 'main')).toBe(dossier.mergedSha);
  expect(git('merge-base', '--is-ancestor', before, 'main')).toBe('');
  expect(git('status', '--porcelain')).toBe('');
});

test('a kill -9 of the server under the running fleet loses no agent and no cent', async ({ dashboard, reeve }) => {
  test.setTimeout(180_000);
  await expect(liveStatus(dashboard)).toContainText('Live');
  const before = await allAgents(reeve, '&state=running');
  const fleet = processesWith(`REEVE_URL=${reeve.url}`, 'REEVE_LAUNCHED=1');
  const usdBefore = await ledgerNanoUsd(reeve);

  await reeve.kill();
  expect(alive(fleet).length).toBeGreaterThanOrEqual(before.length);
  await reeve.up();

  await expect(liveStatus(dashboard)).toContainText('Live', { timeout: 40_000 });
  const since = new Date().toISOString();
  const ids = new Set(before.map((a) => a.id));
  // each reports again by itself; none of them is another process than before
  await expect
    .poll(
      async () =>
        (await allAgents(reeve)).filter((a) => ids.has(a.id) && (a.lastHeartbeatAt ?? '') > since && a.state === 'running').length,
      { timeout: 40_000 },
    )
    .toBeGreaterThanOrEqual(before.length - 1); // a worker may have ended in the ordinary way
  for (const a of await allAgents(reeve, '&state=running')) {
    const same = before.find((b) => b.id === a.id);
    if (same) expect([a.pid, a.pidStartTime, a.epoch]).toEqual([same.pid, same.pidStartTime, same.epoch]);
  }
  await expect.poll(() => ledgerNanoUsd(reeve), { timeout: 60_000 }).toBeGreaterThan(usdBefore);
  await expect
    .poll(async () => {
      const roots = (await allAgents(reeve)).filter((a) => a.parentId === null);
      return (await ledgerNanoUsd(reeve)) - roots.reduce((sum, a) => sum + nanoOf(a.cost.subtreeUsd), 0n);
    })
    .toBe(0n);
});

test('a stopped subtree leaves no process of the fleet, and its receipt says so', async ({ dashboard, reeve }) => {
  test.setTimeout(150_000);
  const agents = await allAgents(reeve, '&state=running');
  const root = agents.find((a) => a.parentId === null && a.name === 'Orchestrator');
  const fleet = processesWith(`REEVE_URL=${reeve.url}`, 'REEVE_LAUNCHED=1');
  expect(fleet.length, 'the fleet is made of real processes').toBeGreaterThanOrEqual(12);
  expect(fleet.some((p) => p.pid === root?.pid && p.startTime === root.pidStartTime)).toBe(true);

  await dashboard.goto(`${reeve.url}/agents?agent=${root?.id}`);
  await expect(liveStatus(dashboard)).toContainText('Live');
  await dashboard.keyboard.press('Control+.');
  await expect(dashboard.getByTestId('stop-preview')).toBeVisible();
  await expect(dashboard.getByTestId('stop-confirm')).not.toHaveAttribute('aria-disabled', 'true');
  await dashboard.keyboard.press('Control+Enter');
  await expect(dashboard.getByTestId('agent-node-Orchestrator')).toHaveAttribute('data-state', /stopped|killed/, { timeout: 60_000 });
  await expect.poll(() => alive(fleet).map((p) => commandOf(p.pid)), { timeout: 10_000 }).toEqual([]);
  expect(processesWith(`REEVE_URL=${reeve.url}`, 'REEVE_LAUNCHED=1').map((p) => commandOf(p.pid))).toEqual([]);

  const { items } = await reeve.api<
    ListOf<{ id: string; state: string; agentId: string; receipt: { outcome: string | null; wave: number; endedAt: string }[] }>
  >('GET', '/stops');
  const stop = items.find((s) => s.agentId === root?.id);
  expect(stop?.state).toBe('done');
  expect(stop?.receipt.filter((r) => r.outcome === null || r.outcome === 'unconfirmed')).toEqual([]);
});
