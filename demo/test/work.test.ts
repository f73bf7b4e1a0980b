import type { ClaimedTask } from '@reeve/agent';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { git } from '../src/shell/git.ts';
import { Checkout } from '../src/work/checkout.ts';
import { AttemptFailed, fixReport } from '../src/work/fix.ts';
import { doJob } from '../src/work/jobs.ts';
import { Ledger } from '../src/work/ledger.ts';
import { bringReviewed, checkOwnTool, type Proposal } from '../src/work/propose.ts';
import { kitWithoutServer, sample } from './sample.ts';

let at: Awaited<ReturnType<typeof sample>>;
let mainBefore: string;
beforeAll(async () => {
  at = await sample();
  mainBefore = await main();
});
afterAll(() => at.remove());

const main = () => git(at.settings.places.library, ['rev-parse', 'main']);
const taskOf = (labels: string[]) =>
  ({ labels, title: 'a task', body: null, view: { attempts: 1, maxAttempts: 3, failures: [] } }) as unknown as ClaimedTask;
const open = (slot: string) => Checkout.open(at.settings.places, slot, 'Test (coder)', () => new AbortController().signal);

async function applies(proposal: Proposal): Promise<void> {
  const library = at.settings.places.library;
  for (const patch of [proposal.testPatch, proposal.fixPatch]) await git(library, ['apply', '--check', '-'], { stdin: patch });
  expect(proposal.testPatch).toMatch(/^diff --git a\/test\//);
  expect(proposal.fixPatch).toMatch(/^diff --git a\/src\/tools\//);
}

describe('the work of the fleet', () => {
  it('fixes a report at the second attempt, has it reviewed, and brings it onto main as a proposal', async () => {
    const { kit, said } = kitWithoutServer(at.settings);
    const coder = await open('coder-1');
    const first = await fixReport(kit, coder, 'text-too-long', { attempt: 1, prepared: false }).catch((error: Error) => error);
    expect(first).toBeInstanceOf(AttemptFailed);
    expect((first as Error).message).toMatch(/the fix does not hold: 2 tests failed of 2: never exceeds the maximum/);
    const fix = await fixReport(kit, coder, 'text-too-long', { attempt: 2, prepared: false });
    expect(fix?.run).toBe(`53 tests passed in ${/in (.*) s$/.exec(fix?.run ?? '')?.[1]} s`);
    await coder.push('fix/text-too-long');

    const review = await doJob(kit, await open('reviewer-1'), taskOf(['reviewer', 'review', 'on:text-too-long']));
    expect(review.outcome).toBe('approved');
    expect(said.some((text) => text.startsWith('reading ') && text.includes('changed lines'))).toBe(true);

    const proposal = await bringReviewed(kit, await open('toolsmith'), 'text-too-long');
    expect(proposal?.reason).toContain('one too long');
    await applies(proposal as Proposal);
  });

  it('finds the bug in its own tool by comparing counts, and proposes a change', async () => {
    const { kit, said } = kitWithoutServer(at.settings);
    const proposal = await checkOwnTool(kit, await open('toolsmith'));
    expect(said).toContain('The runner says that 52 tests passed; tap-summary counts 65.');
    await applies(proposal as Proposal);
  });

  it('tests a tool, covers another, and reports a counterexample as a result', async () => {
    const { kit } = kitWithoutServer(at.settings);
    const tester = await open('tester-1');
    const suite = await doJob(kit, tester, taskOf(['tester', 'suite', 'on:lists']));
    expect(suite.outcome).toMatch(/^4 tests passed/);
    expect(suite.missing).toMatch(/`uniqueBy` is called 1 ×/);
    expect((await doJob(kit, tester, taskOf(['tester', 'cover', 'on:lists']))).outcome).toContain('passes');
    const csv = await doJob(kit, tester, taskOf(['tester', 'cover', 'on:csv']));
    expect(csv.outcome).toBe('counterexample found');
  });

  it('never touches main by itself', async () => {
    expect(await main()).toBe(mainBefore);
    expect(await git(at.settings.places.library, ['status', '--porcelain'])).toBe('');
    expect((await git(at.settings.places.library, ['branch', '--list'])).trim()).toBe('* main');
  });
});

it('asks nobody twice; only a failed change is proposed again, twice', async () => {
  const ledger = await Ledger.open(at.settings.places.work);
  await ledger.record('a', 'rejected');
  await ledger.record('open', 'proposed');
  const again = await Ledger.open(at.settings.places.work);
  expect([again.has('a'), again.has('open'), again.has('new')]).toEqual([true, true, false]);
  const seen: boolean[] = [];
  for (let tries = 0; tries < 3; tries++) {
    await again.record('b', 'proposed');
    await again.record('b', 'failed');
    seen.push(again.has('b'));
  }
  expect(seen).toEqual([false, false, true]);
});
