import type { TaskView } from '@reeve/core/vocabulary';
import { expect, liveStatus, test } from '../support/fixtures.ts';

type Claimed = { tasks: (TaskView & { claim: { token: string } })[] };

test('a card moves when an agent claims it, its lease runs down, and it returns', async ({ dashboard, reeve }) => {
  const { agentId } = await reeve.api<{ agentId: string }>('POST', '/agents', { name: 'digger' });
  await reeve.api('POST', `/agents/${agentId}/heartbeat`, { epoch: 1 });
  const { id } = await reeve.api<TaskView>('POST', '/tasks', { title: 'Dig a well', labels: ['dig'] });
  await dashboard.goto(`${reeve.url}/tasks`);
  const card = (column: string) => dashboard.locator(`#column-${column}`).locator(`[data-task="${id}"]`);
  await expect(card('ready')).toBeVisible();
  const { tasks } = await reeve.api<Claimed>('POST', '/tasks/claim', { agentId, labels: ['dig'], leaseMs: 3_000 });
  expect(tasks.map((t) => t.id)).toEqual([id]);
  await expect(card('claimed')).toContainText('digger');
  await expect(card('claimed')).toContainText(/[0-3] ?s/);
  // nobody renews it
  await expect(card('ready')).toBeVisible({ timeout: 10_000 });
  await expect(card('claimed')).toHaveCount(0);
  await dashboard.locator(`[data-card="${id}"]`).click();
  await expect(dashboard.getByTestId('task-inspector')).toContainText('lease expired');
});

test('a card is moved by the keyboard: work in review is accepted, and what it lacks needs a reason', async ({ dashboard, reeve }) => {
  const { agentId } = await reeve.api<{ agentId: string }>('POST', '/agents', { name: 'writer' });
  await reeve.api('POST', `/agents/${agentId}/heartbeat`, { epoch: 1 });
  const inReview = async (title: string, more: object) => {
    await reeve.api('POST', '/tasks', { title, labels: [title], review: true, ...more });
    const { tasks } = await reeve.api<Claimed>('POST', '/tasks/claim', { agentId, labels: [title] });
    const task = tasks[0] as Claimed['tasks'][number];
    await reeve.api('POST', `/tasks/${task.id}/complete`, { token: task.claim.token });
    return task.id;
  };
  const plain = await inReview('Write it', {});
  const lacking = await inReview('Prove it', { evidence: ['test-report'] });
  await dashboard.goto(`${reeve.url}/tasks`);
  const card = (column: string, id: string) => dashboard.locator(`#column-${column}`).locator(`[data-card="${id}"]`);
  await card('in-review', plain).focus();
  await dashboard.keyboard.press('m');
  await expect(dashboard.getByRole('menuitem', { name: 'Accept → Done' })).toBeVisible();
  await dashboard.getByRole('menuitem', { name: 'Accept → Done' }).press('Enter');
  await expect(card('done', plain)).toBeVisible();

  await card('in-review', lacking).focus();
  await dashboard.keyboard.press('m');
  await dashboard.getByRole('menuitem', { name: 'Accept all the same → Done' }).press('Enter');
  const dialog = dashboard.getByTestId('move-dialog');
  await expect(dialog).toContainText('Missing: test-report');
  await expect(dialog.getByTestId('confirm-move')).toBeDisabled();
  await dialog.getByRole('textbox').fill('seen it run');
  await dashboard.keyboard.press('Control+Enter');
  await expect(card('done', lacking)).toBeVisible();
  await card('done', lacking).click();
  await expect(dashboard.getByTestId('task-inspector')).toContainText('overrode what is missing: test-report');
});

test('a move that is not allowed says why, by the menu and by dragging', async ({ dashboard, reeve }) => {
  const { id } = await reeve.api<TaskView>('POST', '/tasks', { title: 'Nobody has it' });
  await dashboard.goto(`${reeve.url}/tasks?q=Nobody`);
  const card = dashboard.locator(`#column-ready [data-task="${id}"]`);
  await dashboard.locator(`[data-card="${id}"]`).focus();
  await dashboard.keyboard.press('m');
  await expect(dashboard.getByRole('menu')).toContainText('Only an agent claims a task');
  await dashboard.keyboard.press('Escape');
  await card.dragTo(dashboard.locator('#column-done'));
  await expect(dashboard.getByText('Not moved to Done')).toBeVisible();
  await expect(dashboard.getByText('Only an agent that holds a task completes it').first()).toBeVisible();
  await expect(card).toBeVisible();
});

test('cards are picked out and cancelled in one command; what is refused says why', async ({ dashboard, reeve }) => {
  const add = async (title: string) => (await reeve.api<TaskView>('POST', '/tasks', { title, labels: ['bulk'] })).id;
  const [first, second, ended] = [await add('Bulk one'), await add('Bulk two'), await add('Bulk three')];
  await dashboard.goto(`${reeve.url}/tasks?labels=bulk`);
  for (const id of [first, second, ended]) {
    await dashboard.locator(`[data-card="${id}"]`).focus();
    await dashboard.keyboard.press('x');
  }
  const bar = dashboard.getByTestId('bulk-bar');
  await expect(bar).toContainText('3 tasks selected');
  await bar.getByRole('button', { name: 'Take the claims away' }).click();
  await dashboard.getByTestId('confirm-bulk').click();
  await expect(dashboard.getByText('0 released, 3 refused')).toBeVisible();
  await bar.getByRole('button', { name: 'Cancel' }).click();
  await dashboard.getByTestId('bulk-dialog').getByRole('textbox').fill('not needed');
  await dashboard.getByTestId('confirm-bulk').click();
  await expect(dashboard.getByText('3 tasks cancelled')).toBeVisible();
  await expect(bar).toHaveCount(0);
  for (const id of [first, second, ended]) expect((await reeve.api<TaskView>('GET', `/tasks/${id}`)).state).toBe('cancelled');
});

test('swimlanes by label stand in the URL, each with its own columns', async ({ dashboard, reeve }) => {
  const api = await reeve.api<TaskView>('POST', '/tasks', { title: 'Lane api', labels: ['lane-api'] });
  await reeve.api('POST', '/tasks', { title: 'Lane ui', labels: ['lane-ui'] });
  await dashboard.goto(`${reeve.url}/tasks?q=Lane`);
  // before it is live nothing on the page hears a choice
  await expect(liveStatus(dashboard)).toContainText('Live');
  await dashboard.getByLabel('Swimlanes').selectOption('label');
  await expect(dashboard).toHaveURL(/lanes=label/);
  await expect(dashboard.getByTestId('lane-lane-api').locator('[data-card]')).toHaveCount(1);
  await expect(dashboard.getByTestId('lane-lane-ui').getByText('Lane ui')).toBeVisible();
  await dashboard.reload();
  await expect(dashboard.locator(`#column-ready-lane-api [data-card="${api.id}"]`)).toBeVisible();
});

test('a task is added with what it needs and must show, split and edited; the graph shows what waits for what', async ({
  dashboard,
  reeve,
}) => {
  const first = await reeve.api<TaskView>('POST', '/tasks', { title: 'Graph first' });
  await dashboard.goto(`${reeve.url}/tasks?q=Graph`);
  await expect(liveStatus(dashboard)).toContainText('Live');
  await dashboard.getByTestId('add-task').click();
  const adding = dashboard.getByTestId('add-task-dialog');
  await adding.getByLabel('Title').fill('Graph second');
  await adding.getByLabel('Needs').fill('gpu, browser');
  await adding.getByLabel('Evidence').fill('diff');
  await adding.getByLabel('A person must accept').check();
  await adding.getByLabel('Depends on').fill('Graph first');
  await adding.getByRole('list', { name: 'Tasks found' }).getByRole('button').click();
  await adding.getByTestId('add-task-submit').click();
  const inspector = dashboard.getByTestId('task-inspector');
  await expect(inspector).toContainText('gpu, browser');
  await expect(inspector).toContainText('A person must accept it.');

  await inspector.getByTestId('add-subtask').click();
  await adding.getByLabel('Title').fill('Graph part');
  await adding.getByTestId('add-task-submit').click();
  await expect(inspector.getByRole('heading', { name: 'Graph part' })).toBeVisible();
  await inspector.getByTestId('edit-task').click();
  const editing = dashboard.getByTestId('edit-task-dialog');
  await editing.getByLabel('Title').fill('Graph small part');
  await editing.getByTestId('edit-task-submit').click();
  await expect(inspector.getByRole('heading', { name: 'Graph small part' })).toBeVisible();

  await dashboard.getByLabel('View', { exact: true }).selectOption('graph');
  await expect(dashboard).toHaveURL(/view=graph/);
  const graph = dashboard.getByTestId('task-graph');
  await expect(graph.locator('[data-graph-task]')).toHaveCount(3);
  await expect(graph.locator('.react-flow__edge')).toHaveCount(2);
  const leftOf = async (title: string) => (await graph.getByRole('button', { name: title }).boundingBox())?.x ?? 0;
  expect(await leftOf('Graph first')).toBeLessThan(await leftOf('Graph second'));
  expect(await leftOf('Graph small part')).toBeLessThan(await leftOf('Graph second'));
  await graph.getByRole('button', { name: 'Graph first' }).click();
  await expect(dashboard).toHaveURL(new RegExp(`task=${first.id}`));
});

test('the work of one agent alone, by a link', async ({ dashboard, reeve }) => {
  const worker = async (name: string) => {
    const { agentId } = await reeve.api<{ agentId: string }>('POST', '/agents', { name });
    await reeve.api('POST', `/agents/${agentId}/heartbeat`, { epoch: 1 });
    const { id } = await reeve.api<TaskView>('POST', '/tasks', { title: `Only ${name}`, labels: [name] });
    await reeve.api('POST', '/tasks/claim', { agentId, labels: [name] });
    return { agentId, id };
  };
  const [ada, bob] = [await worker('only-ada'), await worker('only-bob')];
  await dashboard.goto(`${reeve.url}/tasks?q=Only`);
  await expect(liveStatus(dashboard)).toContainText('Live');
  await expect(dashboard.locator(`[data-card="${bob.id}"]`)).toBeVisible();
  await dashboard.getByLabel('Agent', { exact: true }).selectOption(ada.agentId);
  await expect(dashboard).toHaveURL(new RegExp(`worker=${ada.agentId}`));
  await dashboard.reload();
  await expect(dashboard.locator(`[data-card="${ada.id}"]`)).toBeVisible();
  await expect(dashboard.locator(`[data-card="${bob.id}"]`)).toHaveCount(0);
});
