import type { NewEvent } from '../kernel/events.ts';
import type { Agent } from './agent.ts';

/**
 * Holds an agent still while a change of its code is put to use. Says nothing of one that a person has paused, that is
 * held already, or that cannot be paused: whether it is at rest, its own word tells.
 *
 * Use it for each agent that a change affects, as often as its activation is looked at; `decideLetGo` undoes it.
 *
 * @example
 * const agent = agentOf({ id: 'a', projectId: 'p', state: 'running' });
 * decideHold(agent, 'new code'); // → [{ type: 'agent.paused', subjectId: 'a', data: { by: 'change', reason: 'new code' } }]
 * decideHold({ ...agent, state: 'paused', pausedBy: 'operator' }, 'new code'); // → []
 * decideHold({ ...agent, state: 'lost' }, 'new code'); // → []
 */
export function decideHold(agent: Agent, reason: string): NewEvent[] {
  const can = agent.state === 'running' || agent.state === 'starting' || (agent.state === 'paused' && agent.pausedBy === 'agent');
  return can ? [{ type: 'agent.paused', subjectId: agent.id, data: { by: 'change', reason } }] : [];
}

/**
 * Ends what `decideHold` began, also of one that is lost meanwhile: should it come back, it goes on. Says nothing of an
 * agent that a person has paused meanwhile: that pause is theirs.
 *
 * Use it once the change is in use, or is not to be.
 *
 * @example
 * const agent = agentOf({ id: 'a', projectId: 'p', state: 'paused', pausedBy: 'change' });
 * decideLetGo(agent, 'in use'); // → [{ type: 'agent.resumed', subjectId: 'a', data: { reason: 'in use' } }]
 * decideLetGo({ ...agent, pausedBy: 'operator' }, 'in use'); // → []
 */
export function decideLetGo(agent: Agent, reason: string): NewEvent[] {
  if (agent.pausedBy !== 'change') return [];
  if (agent.state === 'paused') return [{ type: 'agent.resumed', subjectId: agent.id, data: { reason } }];
  return agent.state === 'lost' ? [{ type: 'agent.let-go', subjectId: agent.id, data: { reason } }] : [];
}
