import { isFinalAgent, type LiveAgent } from '@reeve/core/vocabulary';

/**
 * The filter of the Agents page: words must all occur in name, role, model, activity or id; `state:lost`, `role:coder`,
 * `model:gpt` narrow to one field. Several `state:` words mean any of them.
 */
export type AgentFilter = { words: string[]; states: string[]; role: string | null; model: string | null };

export function parseFilter(text: string): AgentFilter | null {
  const filter: AgentFilter = { words: [], states: [], role: null, model: null };
  for (const word of text.toLowerCase().split(/\s+/).filter(Boolean)) {
    const [, field, value] = /^(state|role|model):(.*)$/.exec(word) ?? [];
    if (!field) filter.words.push(word);
    else if (!value) continue;
    else if (field === 'state') filter.states.push(value);
    else filter[field as 'role' | 'model'] = value;
  }
  return filter.words.length || filter.states.length || filter.role || filter.model ? filter : null;
}

export function matches(a: LiveAgent, f: AgentFilter): boolean {
  if (f.states.length && !f.states.includes(a.state)) return false;
  if (f.role && !(a.role ?? '').toLowerCase().includes(f.role)) return false;
  if (f.model && !(a.model ?? '').toLowerCase().includes(f.model)) return false;
  if (f.words.length === 0) return true;
  const text = `${a.name} ${a.role ?? ''} ${a.model ?? ''} ${a.activity ?? ''} ${a.id}`.toLowerCase();
  return f.words.every((w) => text.includes(w));
}

/** Which of those that have ended stay on screen. `recent`: for a quarter of an hour, or while something under them lives. */
export type EndedRule = 'recent' | 'all' | 'none';
export const recentMs = 15 * 60_000;
export function showsEnded(a: LiveAgent, rule: EndedRule, nowMs: number): boolean {
  if (rule === 'all' || !isFinalAgent(a.state)) return true;
  return rule === 'recent' && (a.endedAtMs === null || nowMs - a.endedAtMs < recentMs);
}
