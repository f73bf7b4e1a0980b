import { type DomainError, InvariantError, isAtLeast } from '@reeve/core';
import { type Principal, type Role, raisesBudgets } from '@reeve/core/vocabulary';

/**
 * How far the word of an agent or a runner goes. `below`: an agent on itself and its subtree, a runner on the agents it
 * hosts; anything else is as good as absent, and the procedure or its handler sees to that. `shared`: what belongs to all
 * of the project, tasks for example.
 */
export type Reach = 'never' | 'below' | 'shared';
/** Who may call one procedure. */
export type Rule = {
  /** The least role of a person or a project token; null: neither. */
  least: Role | null;
  agent: Reach;
  runner: Reach;
  /** People alone: no token is made for it. */
  person?: true;
  /** People show that it is them, if that is a while ago. */
  confirmed?: true;
  /** Whether an agent under a stop is still heard; else its call is `fenced`. */
  fenced?: 'heard';
};

const look: Rule = { least: 'viewer', agent: 'never', runner: 'never' };
/** What an agent sees of its own, a runner of what it hosts. */
const lookBelow: Rule = { least: 'viewer', agent: 'below', runner: 'below', fenced: 'heard' };
const lookShared: Rule = { least: 'viewer', agent: 'shared', runner: 'shared', fenced: 'heard' };
const operate: Rule = { least: 'operator', agent: 'never', runner: 'never' };
/** What an agent does for itself and for those below it. */
const work: Rule = { least: 'operator', agent: 'below', runner: 'never' };
/** What is true also of one that is being stopped: its end, its costs, what it saw. */
const tell: Rule = { least: 'operator', agent: 'below', runner: 'below', fenced: 'heard' };
const tellItself: Rule = { ...tell, runner: 'never' };
const own: Rule = { least: 'owner', agent: 'never', runner: 'never' };
/** What a browser that was left open must not do for whoever finds it. */
const ownConfirmed: Rule = { ...own, confirmed: true };
const themselves: Rule = { ...look, person: true };
const hosts: Rule = { least: null, agent: 'never', runner: 'below' };

/**
 * Who may call what: one line a procedure, and no procedure without one (`assertRules`). What the matrix test shows for
 * every kind of caller is in docs/who-may-what.md, made from this table.
 */
export const rules: Record<string, Rule> = {
  'agents.register': work,
  'agents.spawn': work,
  'agents.heartbeat': tell,
  'agents.heartbeats': tell,
  'agents.wait': work,
  'agents.finish': tellItself,
  'agents.events': tell,
  'agents.log': tell,
  'agents.logs': lookBelow,
  'agents.get': lookBelow,
  'agents.list': lookBelow,
  'agents.setBudget': { ...operate, least: raisesBudgets },
  'agents.pause': work,
  'agents.resume': work,
  'agents.interrupt': work,
  'agents.stop': tellItself,
  'stops.get': lookBelow,
  'stops.receipt': lookBelow,
  'stops.list': lookBelow,
  'stops.summary': look,
  'stops.summaries': look,
  'orphans.list': look,
  'orphans.handle': operate,
  'checkpoints.save': tellItself,
  'checkpoints.list': { ...lookBelow, runner: 'never' },
  'checkpoints.get': { ...lookBelow, runner: 'never' },
  'checkpoints.restore': work,
  'checkpoints.preview': tellItself,
  'checkpoints.resume': tellItself,
  'checkpoints.ask': work,
  // its model calls cost money, and it takes a place on a runner
  'checkpoints.rehearse': operate,
  'checkpoints.rehearsal': look,
  'cuts.list': { ...lookBelow, runner: 'never' },
  'cuts.get': { ...lookBelow, runner: 'never' },
  'cuts.preview': tellItself,
  'cuts.restore': work,
  'effects.begin': work,
  'effects.acknowledge': tellItself,
  'costs.report': tell,
  'costs.reserve': work,
  'costs.release': tellItself,
  'costs.drop': tellItself,
  'costs.adjust': operate,
  'costs.summary': lookBelow,
  'costs.tree': lookBelow,
  'costs.burn': look,
  'costs.series': look,
  'costs.entries': look,
  'costs.reservations': look,
  'costs.budgets': look,
  'prices.list': look,
  'prices.set': operate,
  'prices.reprice': operate,
  'budgets.list': look,
  // a denial names this role as the one that may raise it
  'budgets.create': { ...operate, least: raisesBudgets },
  'budgets.edit': { ...operate, least: raisesBudgets },
  'budgets.remove': { ...operate, least: raisesBudgets },
  'tasks.add': { ...work, agent: 'shared' },
  'tasks.claim': work,
  'tasks.wait': work,
  // a stop takes the claims: what their holder still says of them is refused as stale
  'tasks.complete': tellItself,
  'tasks.fail': tellItself,
  'tasks.release': tellItself,
  'tasks.renew': tellItself,
  'tasks.cancel': operate,
  'tasks.retry': operate,
  'tasks.forceRelease': { ...operate, confirmed: true },
  'tasks.prioritise': operate,
  'tasks.bulk': operate,
  'tasks.addMany': { ...work, agent: 'shared' },
  'tasks.completeMany': tellItself,
  'tasks.import': operate,
  'tasks.export': look,
  'tasks.edit': work,
  'tasks.accept': { ...operate, least: 'approver' },
  'tasks.reject': { ...operate, least: 'approver' },
  'tasks.comment': { ...tellItself, agent: 'shared' },
  'tasks.attach': tellItself,
  'tasks.record': lookShared,
  'tasks.artefact': lookShared,
  'tasks.depend': work,
  'tasks.get': lookShared,
  'tasks.list': lookShared,
  'locks.acquire': work,
  'locks.release': tellItself,
  'locks.renew': work,
  'locks.forceRelease': { ...operate, confirmed: true },
  'locks.deadlocks': look,
  'locks.list': lookShared,
  'barriers.wait': work,
  'barriers.list': lookShared,
  'changes.propose': work,
  'changes.get': { ...lookBelow, runner: 'never' },
  'changes.list': look,
  // an agent's word counts on changes of those below it alone, and never suffices (core, `mayDecide`)
  'changes.approve': { ...work, least: 'approver' },
  'changes.reject': { ...work, least: 'approver' },
  'changes.override': { ...operate, least: 'owner', person: true, confirmed: true },
  'changes.rollback': { ...operate, least: 'approver' },
  'changes.comment': tellItself,
  'changes.withdraw': tellItself,
  'repositories.register': own,
  'repositories.list': lookShared,
  // a runner is handed tokens and judges changes: who starts one for the whole project owns it
  'runners.register': { least: 'owner', agent: 'below', runner: 'below' },
  'runners.poll': hosts,
  'runners.report': hosts,
  'audit.list': look,
  'audit.verify': look,
  // an address can hold a secret, and who names one has this server call it
  'webhooks.list': operate,
  'webhooks.add': own,
  'webhooks.remove': own,
  'webhooks.test': operate,
  'webhooks.deliveries': operate,
  'webhooks.retry': operate,
  'events.list': look,
  'history.at': look,
  'history.compare': look,
  'history.bundle': look,
  'history.check': look,
  'project.get': look,
  'project.configure': operate,
  'project.stop': { ...operate, confirmed: true },
  'project.reopen': operate,
  'overview.get': look,
  'live.snapshot': look,
  'live.fleet': look,
  'live.board': look,
  'session.me': lookShared,
  'session.makeLink': { ...themselves, confirmed: true },
  'session.account': themselves,
  'session.list': themselves,
  'session.end': themselves,
  'people.list': look,
  'people.setRole': ownConfirmed,
  'people.remove': ownConfirmed,
  'people.invitations': own,
  'people.invite': ownConfirmed,
  'people.withdraw': own,
  'tokens.list': own,
  'tokens.create': ownConfirmed,
  'tokens.revoke': own,
  'demo.start': operate,
};

/** The refusal, or undefined where the caller may. A procedure without a rule is nobody's. */
export function refusalOf(principal: Principal | null, path: string): DomainError | undefined {
  if (!principal) return { code: 'unauthenticated' };
  const rule = rules[path];
  if (!rule) return { code: 'forbidden', rule: 'no rule says who may call this' };
  switch (principal.kind) {
    case 'agent':
    case 'runner':
      return rule[principal.kind] === 'never'
        ? { code: 'forbidden', rule: `an ${principal.kind} may not call this`.replace('an r', 'a r') }
        : undefined;
    case 'project':
      if (rule.person) return { code: 'forbidden', rule: 'this is for people, not for tokens' };
      return refusalOfRole(principal.role, rule);
    case 'person':
      return refusalOfRole(principal.role, rule) ?? (rule.confirmed ? refusalOfUnproven(principal) : undefined);
  }
}
/** Where a while ago is too long ago; a person who has nothing to show it with is not asked. */
export const refusalOfUnproven = (principal: Principal): DomainError | undefined =>
  principal.kind === 'person' && principal.mustConfirm ? { code: 'confirmation_required' } : undefined;
function refusalOfRole(role: Role, { least }: Rule): DomainError | undefined {
  if (least === null) return { code: 'forbidden', rule: 'this is for runners alone' };
  if (isAtLeast(role, least)) return undefined;
  return { code: 'forbidden', rule: `it takes the role ${least}, and yours is ${role}` };
}

/** Throws where a procedure has no rule, or a rule no procedure: then the server does not start. */
export function assertRules(procedures: readonly string[]): void {
  const missing = procedures.filter((p) => !Object.hasOwn(rules, p));
  const idle = Object.keys(rules).filter((p) => !procedures.includes(p));
  if (missing.length) throw new InvariantError(`Say in trpc/roles.ts who may call ${missing.join(', ')}.`);
  if (idle.length) throw new InvariantError(`trpc/roles.ts has rules for what is not there: ${idle.join(', ')}.`);
}
