import { spawn } from 'node:child_process';
import { allAgents, countLoads, expect, liveStatus, test } from '../support/fixtures.ts';
import { alive, processesWith } from '../support/processes.ts';
import { reeveCommand } from '../support/server.ts';

test('after a kill -9 of the server the page is live again without a reload, the tree is there and no cost is lost or doubled', async ({
  dashboard,
  reeve,
}) => {
  test.setTimeout(120_000);
  const child = spawn(process.execPath, [reeveCommand, 'run', '--name', 'survivor', '--', 'sleep', '600'], {
    env: { ...process.env, REEVE_URL: reeve.url, REEVE_TOKEN: reeve.token },
    stdio: 'ignore',
  });
  try {
    await expect(dashboard.getByTestId('agent-node-survivor')).toHaveAttribute('data-state', 'running');
    const agent = (await allAgents(reeve)).find((a) => a.name === 'survivor');
    const entry = { eventId: 'before', agentId: agent?.id, model: 'any', inputTokens: 10, outputTokens: 10, costUsd: '0.250000001' };
    await reeve.api('POST', '/costs', { events: [entry] });
    const processes = processesWith(`REEVE_AGENT_ID=${agent?.id}`);
    const loads = countLoads(dashboard);

    await reeve.kill();
    await expect(liveStatus(dashboard)).toContainText('Reconnecting');
    expect(alive(processes)).toEqual(processes);
    await reeve.up();
    await expect(liveStatus(dashboard)).toContainText('Live', { timeout: 40_000 });

    // a reply that was lost is sent again: it counts once
    const again = await reeve.api<{ accepted: number; duplicates: number }>('POST', '/costs', {
      events: [entry, { ...entry, eventId: 'after' }],
    });
    expect(again).toMatchObject({ accepted: 1, duplicates: 1 });
    const after = await reeve.api<{ state: string; cost: { ownUsd: string } }>('GET', `/agents/${agent?.id}`);
    expect(after.cost.ownUsd).toBe('0.500000002');
    await expect.poll(async () => (await reeve.api<{ state: string }>('GET', `/agents/${agent?.id}`)).state).toBe('running');
    await expect(dashboard.getByTestId('agent-node-survivor')).toHaveAttribute('data-state', 'running');
    expect(loads()).toBe(0);
  } finally {
    child.kill('SIGTERM');
  }
});
