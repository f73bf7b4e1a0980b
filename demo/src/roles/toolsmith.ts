import { dirname } from 'node:path';
import { isReeveError } from '@reeve/agent';
import { type Kit, messageOf, wasInterrupted } from '../fleet/kit.ts';
import { Checkout } from '../work/checkout.ts';
import { Ledger } from '../work/ledger.ts';
import { bringReviewed, checkOwnTool, type Proposal } from '../work/propose.ts';

/**
 * The coder who owns a tool, and the only one who asks to change `main`: first for the bug in her own tool, then for
 * fixes of the others that were reviewed. One proposal at a time, each decided by people, with a rest in between.
 */
export async function toolsmith(kit: Kit, slot: string): Promise<never> {
  const { agent, settings } = kit;
  const checkout = await Checkout.open(settings.places, slot, agent.name, () => agent.turnSignal);
  const ledger = await Ledger.open(dirname(checkout.path));
  for (;;) {
    agent.beginTurn();
    try {
      const proposal = await nextProposal(kit, checkout, ledger);
      if (proposal) {
        await settleProposal(kit, proposal, ledger);
        await kit.step('resting before the next proposal');
        await kit.linger(90_000);
      } else {
        await kit.step('my tool counts right, and no reviewed fix waits; looking again in two minutes');
        await kit.linger(120_000);
      }
    } catch (error) {
      if (wasInterrupted(kit)) kit.note('interrupted; starting over');
      else {
        kit.note(messageOf(error));
        await kit.linger(20_000, agent.signal);
      }
    }
  }
}

async function nextProposal(kit: Kit, checkout: Checkout, ledger: Ledger): Promise<Proposal | undefined> {
  const own = ledger.has('tap-summary-suites') ? undefined : await checkOwnTool(kit, checkout);
  if (own) return own;
  for (const name of await checkout.hubBranches('reviewed')) {
    if (ledger.has(name)) continue;
    const proposal = await bringReviewed(kit, checkout, name);
    if (proposal) return proposal;
  }
  return undefined;
}

async function settleProposal(kit: Kit, proposal: Proposal, ledger: Ledger): Promise<void> {
  const { agent, settings } = kit;
  const { name, ...change } = proposal;
  if (!settings.repositoryId) {
    kit.note(`${change.title}: proved, but the sample repository is not registered, so there is nobody to ask`);
    await ledger.record(name, 'not proposed');
    return;
  }
  await kit.step(`proposing a change: ${change.title}`);
  try {
    const { id } = await agent.changes.propose({ repositoryId: settings.repositoryId, ...change });
    await ledger.record(name, 'proposed');
    kit.note(`proposed: ${change.title} (${id})`);
    await kit.step(`waiting for the gates and for a decision on ${change.title}`);
    const { state, refusal } = await agent.changes.settled(id, { signal: agent.turnSignal });
    kit.note(`${change.title}: ${state}${refusal ? ` (${refusal.rule}: ${refusal.detail.split('\n')[0]?.slice(0, 300)})` : ''}`);
    await ledger.record(name, state);
  } catch (error) {
    // A proposal that the server refuses as such would be refused again.
    if (isReeveError(error) && ['invalid_input', 'blast_radius_exceeded', 'gate_failed'].includes(error.code))
      await ledger.record(name, error.code);
    throw error;
  }
}
