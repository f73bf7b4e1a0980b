import type { AgentView, CutView, RehearsalView } from '@reeve/core/vocabulary';
import { CountingFleet } from '../support/counting.ts';
import { expect, test } from '../support/fixtures.ts';

test('I-CKPT-7: a tree of processes is saved together and goes back together, previewed in the dashboard', async ({ dashboard, reeve }) => {
  test.setTimeout(180_000);
  const fleet = await CountingFleet.start(reeve, 'cut keeper');
  try {
    const lead = await fleet.count('cut-lead');
    const coder = await fleet.count('cut-coder', lead);
    const agent = (id: string) => reeve.api<AgentView>('GET', `/agents/${id}`);
    const cuts = async () => (await reeve.api<{ items: CutView[] }>('GET', `/agents/${lead}/cuts`)).items;

    await dashboard.goto(`${reeve.url}/agents?agent=${lead}`);
    await dashboard.getByRole('tab', { name: 'Checkpoints' }).click();
    await dashboard.getByTestId('save-subtree').click();
    await expect(dashboard.getByTestId('cut')).toContainText('all 2 agents', { timeout: 60_000 });
    const [cut] = await cuts();
    const at = fleet.steps('cut-coder').length;
    await expect.poll(() => fleet.steps('cut-coder').length).toBeGreaterThan(at + 3);

    // who came after the cut is left out, and it has to be said that this is meant
    const late = await fleet.count('cut-late', coder);
    await dashboard.getByTestId('restore-cut').click();
    await expect(dashboard.getByTestId('cut-members')).toContainText('cut-coder');
    await expect(dashboard.getByTestId('cut-left-out')).toContainText('cut-late it came after the cut and is stopped');
    const confirm = dashboard.getByTestId('cut-confirm');
    await expect(confirm).toHaveAttribute('aria-disabled', 'true');
    await dashboard.getByLabel('Go back without them').check();
    await confirm.click();

    await expect(dashboard.getByTestId('cut-restore')).toContainText('2 of 2 started, 1 left out', { timeout: 60_000 });
    expect([(await agent(lead)).epoch, (await agent(coder)).epoch, (await agent(coder)).parentId]).toEqual([2, 2, lead]);
    await expect.poll(async () => (await agent(late)).state).toMatch(/stopped|killed/);
    for (const [name, id] of [
      ['cut-lead', lead],
      ['cut-coder', coder],
    ] as const) {
      const checkpointId = cut?.members.find((m) => m.agentId === id)?.checkpointId;
      const saved = await reeve.api<{ state: { step: number } }>('GET', `/checkpoints/${checkpointId}`);
      await expect.poll(() => fleet.lines(name).find((l) => l.began === 2)?.at).toBe(saved.state.step);
      const steps = fleet.steps(name);
      expect(steps).toEqual(steps.map((_, i) => i + 1));
    }
  } finally {
    await fleet.end();
  }
});

test('I-CKPT-5: a rehearsal does once more what came after a checkpoint, touches nothing, and is compared', async ({
  dashboard,
  reeve,
}) => {
  test.setTimeout(180_000);
  const fleet = await CountingFleet.start(reeve, 'rehearsal keeper');
  try {
    const original = await fleet.count('rehearsed', fleet.keeperId, 5);
    const saved = async () => (await reeve.api<{ items: { sequence: number }[] }>('GET', `/agents/${original}/checkpoints`)).items;
    await expect.poll(async () => (await saved()).length, { timeout: 60_000 }).toBeGreaterThan(1);
    // the age of the last checkpoint stands on its node
    await dashboard.goto(`${reeve.url}/agents?agent=${original}`);
    await expect(dashboard.getByTestId('agent-node-rehearsed').getByTestId('checkpoint-age')).toBeVisible();
    await expect(dashboard.getByTestId('agent-node-rehearsal keeper').getByTestId('checkpoint-age')).toHaveCount(0);
    await dashboard.getByRole('tab', { name: 'Checkpoints' }).click();
    await dashboard.getByTestId('checkpoints').getByRole('button', { name: 'Go back…' }).first().click();
    const dialog = dashboard.getByTestId('restore-dialog');
    await dialog.getByText('Rehearse', { exact: true }).first().click();
    await expect(dialog).toContainText('REEVE_REHEARSAL=1');
    await dashboard.getByTestId('restore-confirm').click();

    const result = dashboard.getByTestId('rehearsal');
    await expect(dashboard.getByRole('heading', { name: 'rehearsed (rehearsal)' })).toBeVisible();
    const tab = dashboard.getByRole('tab', { name: 'Checkpoints' });
    if ((await tab.getAttribute('aria-selected')) !== 'true') await tab.click();
    await expect(result.getByTestId('rehearsal-effects')).toContainText('are the same, in the same order', { timeout: 60_000 });
    await expect(result.getByTestId('rehearsal-states')).toContainText('the same as', { timeout: 60_000 });
    const twin = new URL(dashboard.url()).searchParams.get('agent') ?? '';
    const agent = await reeve.api<AgentView>('GET', `/agents/${twin}`);
    expect([agent.state, agent.parentId, agent.path]).toEqual(['running', null, [twin]]);
    const compared = await reeve.api<RehearsalView>('GET', `/agents/${twin}/rehearsal`);
    expect([compared.originalId, compared.effects.difference]).toEqual([original, null]);
    // the journal is the world outside: each step in it once, by the original alone
    const before = fleet.steps('rehearsed').length;
    await expect.poll(() => fleet.steps('rehearsed').length).toBeGreaterThan(before + 3);
    const steps = fleet.steps('rehearsed');
    expect(steps).toEqual(steps.map((_, i) => i + 1));
    expect(fleet.lines('rehearsed').filter((l) => l.began !== undefined)).toHaveLength(1);
    expect((await reeve.api<AgentView>('GET', `/agents/${original}`)).state).toBe('running');
    await reeve.api('POST', `/agents/${twin}/stop`, { mode: 'force', reason: 'the spec is over' });
  } finally {
    await fleet.end();
  }
});
