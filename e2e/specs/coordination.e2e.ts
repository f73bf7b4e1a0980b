import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AgentView } from '@reeve/core/vocabulary';
import { allAgents, expect, test } from '../support/fixtures.ts';
import { reeveCommand } from '../support/server.ts';

type Answer = { status: number; body: { token?: string; error?: { code: string; cycle?: string[] } } };

test('I-SYNC-7: a ring of five agents in deadlock is found and resolved within a second, and its circle is shown', async ({
  dashboard,
  reeve,
}) => {
  const ask = async (agentId: string, name: string, waitMs: number): Promise<Answer> => {
    const r = await fetch(`${reeve.url}/api/v1/locks/${name}/acquire`, {
      method: 'POST',
      headers: { authorization: `Bearer ${reeve.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ agentId, waitMs, leaseMs: 600_000 }),
    });
    return { status: r.status, body: (await r.json()) as Answer['body'] };
  };
  const ring: string[] = [];
  for (let i = 0; i < 5; i++) {
    const { agentId } = await reeve.api<{ agentId: string }>('POST', '/agents', { name: `ring-${i}` });
    await reeve.api('POST', `/agents/${agentId}/heartbeat`, { epoch: 1 });
    ring.push(agentId);
    expect((await ask(agentId, `fork-${i}`, 0)).status).toBe(200);
  }
  const asked: string[] = [];
  dashboard.on('request', (r) => void (/(locks|barriers)\.list/.test(r.url()) && asked.push(r.url())));
  await dashboard.goto(`${reeve.url}/activity?view=locks`);
  await expect(dashboard.getByTestId('lock-fork-4')).toContainText('ring-4');
  // four wait for their neighbour: no circle yet, and the graph says who waits for whom
  const waits = ring.slice(0, 4).map((agentId, i) => ask(agentId, `fork-${i + 1}`, 60_000));
  await expect(dashboard.getByTestId('wait-list')).toContainText('ring-3waits at lock fork-4 forring-4');
  const closedMs = performance.now();
  const last = ask(ring[4] as string, 'fork-0', 60_000);
  const victim = await Promise.race([last, ...waits]);
  expect(performance.now() - closedMs).toBeLessThan(1_000);
  expect([victim.status, victim.body.error?.code, victim.body.error?.cycle?.length]).toEqual([409, 'deadlock', 11]);
  // by the rule the youngest wait of the same priority: the one that closed the circle
  expect((await last).status).toBe(409);
  const shown = dashboard.getByTestId('deadlock').first();
  for (let i = 0; i < 5; i++) await expect(shown).toContainText(`ring-${i}waited at lock fork-${(i + 1) % 5}`);
  await expect(shown).toContainText('The wait of ring-4 was ended');
  await expect(shown.getByTestId('wait-ring')).toBeVisible();

  // the operator takes away what the victim still holds: the preview says who has it next, and then has
  await dashboard.getByTestId('release-fork-4').click();
  const dialog = dashboard.getByTestId('force-release');
  await expect(dialog).toContainText('ring-4');
  await expect(dialog).toContainText('ring-3');
  await expect(dashboard.getByTestId('force-release-confirm')).toHaveAttribute('aria-disabled', 'true');
  await dialog.getByLabel('Reason').fill('it hangs');
  await dashboard.getByTestId('force-release-confirm').click();
  await expect(dashboard.getByTestId('lock-fork-4').getByRole('cell').nth(1)).toContainText('ring-3');
  expect((await waits[3])?.status).toBe(200);
  // all of it came with live frames
  expect(asked).toEqual([]);
  const log = await reeve.api<{ items: { data: { why?: string; reason?: string }; actor: string }[] }>('GET', '/events?type=lock.freed');
  expect(log.items.find((e) => e.data.why === 'operator')).toMatchObject({ data: { reason: 'it hangs' }, actor: /^person:/ });
  for (const id of ring) await reeve.api('POST', `/agents/${id}/stop`, { mode: 'force', reason: 'the spec is over' });
  await Promise.all(waits);
});

test('I-CKPT-7: a killed agent goes on from its checkpoint: compared, previewed and restored in the dashboard', async ({
  dashboard,
  reeve,
}) => {
  const folder = mkdtempSync(join(tmpdir(), 'counting '));
  const journal = join(folder, 'journal');
  const server = fileURLToPath(new URL('../../apps/server', import.meta.url));
  const keeper = spawn(process.execPath, [reeveCommand, 'run', '--name', 'keeper', '--', 'sleep', '600'], {
    env: { ...process.env, REEVE_URL: reeve.url, REEVE_TOKEN: reeve.token },
    stdio: 'ignore',
  });
  try {
    let parent: AgentView | undefined;
    await expect
      .poll(async () => {
        parent = (await allAgents(reeve)).find((a) => a.name === 'keeper');
        return parent?.state;
      })
      .toBe('running');
    const { agentId } = await reeve.api<{ agentId: string }>('POST', `/agents/${parent?.id}/spawn`, {
      name: 'counter',
      command: process.execPath,
      args: ['--import', 'tsx', join(server, 'test/processes/counting-agent.ts'), journal, '5'],
      cwd: server,
    });
    const agent = () => reeve.api<AgentView>('GET', `/agents/${agentId}`);
    const saved = async () => (await reeve.api<{ items: unknown[] }>('GET', `/agents/${agentId}/checkpoints`)).items.length;
    await expect.poll(saved).toBeGreaterThanOrEqual(3);
    const { pid } = await agent();
    process.kill(pid ?? 0, 'SIGKILL');
    await expect.poll(async () => (await agent()).state).toBe('failed');

    await dashboard.goto(`${reeve.url}/agents?agent=${agentId}`);
    await dashboard.getByRole('tab', { name: 'Checkpoints' }).click();
    const list = dashboard.getByTestId('checkpoints');
    await list.getByRole('checkbox').nth(0).check();
    await list.getByRole('checkbox').nth(1).check();
    await dashboard.getByTestId('compare-checkpoints').click();
    await expect(dashboard.getByTestId('checkpoint-diff')).toContainText('state.step');
    await dashboard.keyboard.press('Escape');

    await list.getByRole('button', { name: 'Go back…' }).first().click();
    await expect(dashboard.getByTestId('restore-losses')).toContainText('since this checkpoint');
    await dashboard.getByTestId('restore-confirm').click();
    await expect.poll(async () => (await agent()).epoch).toBe(2);
    await expect.poll(async () => (await agent()).state).toBe('running');
    await expect.poll(() => readFileSync(journal, 'utf8')).toContain('"began":2,"at":');
    const lines = readFileSync(journal, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((l) => JSON.parse(l));
    expect(lines.find((l) => l.began === 2).at).toBeGreaterThanOrEqual(10);
    const steps = lines.filter((l) => l.done).map((l) => l.done);
    expect(steps).toEqual(steps.map((_, i) => i + 1));

    // a fork of it gets a process of its own, and the one before goes on
    await dashboard.goto(`${reeve.url}/agents?agent=${agentId}`);
    await dashboard.getByRole('tab', { name: 'Checkpoints' }).click();
    await list.getByRole('button', { name: 'Go back…' }).first().click();
    const dialog = dashboard.getByTestId('restore-dialog');
    await dialog.getByText('Fork', { exact: true }).first().click();
    await expect(dialog).toContainText('The runner of its source starts the same command');
    await dashboard.getByTestId('restore-confirm').click();
    const forked = async () => (await allAgents(reeve)).find((a) => a.name === 'counter (fork)');
    await expect.poll(async () => (await forked())?.state).toBe('running');
    expect((await forked())?.pid).not.toBe((await agent()).pid);
    expect((await agent()).state).toBe('running');
  } finally {
    const ended = new Promise((resolve) => keeper.once('exit', resolve));
    keeper.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
});
