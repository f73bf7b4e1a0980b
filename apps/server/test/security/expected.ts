import { isAtLeast, type Role } from '@reeve/core/vocabulary';
import { type Rule, rules } from '../../src/trpc/roles.ts';
import type { Caller, Outcome } from './callers.ts';
import { calls } from './calls.ts';

/** What the rule and the exceptions of its call say. `own`: let in, and sees and touches nothing of the target. */
export function expected(path: string, caller: Caller, table: Record<string, Rule> = rules): Outcome {
  const rule = table[path] as Rule;
  const call = calls[path];
  const beyond = call?.names === 'nobody' ? 'own' : 'absent';
  const forAgents = (near: Outcome): Outcome => {
    const but = call?.but?.[caller];
    if (rule.agent === 'never') return 'forbidden';
    return but ?? (rule.agent === 'shared' ? 'yes' : near);
  };
  const forRunners = (near: Outcome): Outcome => (rule.runner === 'never' ? 'forbidden' : rule.runner === 'shared' ? 'yes' : near);
  const forRole = (role: Role, person: boolean): Outcome =>
    rule.least !== null && isAtLeast(role, rule.least) && (person || !rule.person) ? 'yes' : 'forbidden';
  switch (caller) {
    case 'nobody':
    case 'expired session':
    case 'expired token':
    case 'older epoch':
      return 'unauthenticated';
    case 'another project':
      return forRole('owner', false) === 'yes' ? 'own' : 'forbidden';
    case 'sibling':
    case 'child':
      return forAgents(beyond);
    case 'target':
    case 'parent':
      return forAgents('yes');
    case 'fenced target':
      return rule.agent === 'never' ? 'forbidden' : (call?.but?.['fenced target'] ?? (rule.fenced ? 'yes' : 'fenced'));
    case 'host runner':
      return forRunners('yes');
    case 'other runner':
      return call?.but?.['other runner'] ?? forRunners(beyond);
    case 'owner unproven':
      return rule.confirmed ? 'forbidden' : (call?.but?.[caller] ?? forRole('owner', true));
    case 'viewer token':
    case 'operator token':
    case 'owner token':
      return forRole(caller.split(' ')[0] as Role, false);
    default:
      return call?.but?.[caller] ?? forRole(caller, true);
  }
}
