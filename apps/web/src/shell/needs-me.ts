'use client';
import { isFinalAgent, isLiveAgent, markOf } from '@reeve/core/vocabulary';
import { useEffect, useState } from 'react';
import { type LiveStore, useLiveStore } from '@/live';
import { agentMarks, changeMarks, conditionMarks, type Mark, softBudgetMark, stopMarks, taskMarks } from '@/vocabulary/state-marks';

export type Need = { key: string; mark: Mark; count: number; text: string; href: string };
const word = (n: number, one: string, many: string) => `${n} ${n === 1 ? one : many}`;

/** What only a person can move on, most urgent first. Pure over the store; links lead to the rows behind each number. */
export function needsOf(store: LiveStore): Need[] {
  let unconfirmed = 0;
  let lost = 0;
  let orphaned = 0;
  let over = 0;
  let near = 0;
  let first: Record<string, string> = {};
  for (const a of store.agents.values()) {
    if (a.state === 'unconfirmed') {
      unconfirmed++;
      first = { unconfirmed: a.id, ...first };
    } else if (a.state === 'lost') {
      lost++;
      first = { lost: a.id, ...first };
    }
    if (a.budgetNanoUsd !== null && isLiveAgent(a.state)) {
      const mark = markOf(BigInt(a.subtreeNanoUsd), BigInt(a.budgetNanoUsd));
      if (mark === 'over') over++;
      else if (mark === 'near') near++;
    }
    if (a.parentId && isLiveAgent(a.state) && !a.stopId) {
      const parent = store.agents.get(a.parentId);
      if (parent && isFinalAgent(parent.state)) {
        orphaned++;
      }
    }
  }
  const changes = [...store.changes.values()].filter((c) => c.state === 'awaiting-approval');
  const reviews = [...store.tasks.values()].filter((t) => t.state === 'in-review').length;
  const dead = [...store.tasks.values()].filter((t) => t.state === 'dead-letter').length;
  const stops = [...store.stops.values()].filter((s) => s.state === 'stopping');
  const needs: Need[] = [
    {
      key: 'approvals',
      mark: changeMarks['awaiting-approval'],
      count: changes.length,
      text: word(changes.length, 'change waits for you', 'changes wait for you'),
      href: changes.length === 1 ? `/approvals/${changes[0]?.id}` : '/approvals',
    },
    {
      key: 'reviews',
      mark: taskMarks['in-review'],
      count: reviews,
      text: `${reviews} in review`,
      href: '/tasks?column=in-review',
    },
    {
      key: 'unconfirmed',
      mark: agentMarks.unconfirmed,
      count: unconfirmed,
      text: `${unconfirmed} unconfirmed`,
      href: `/agents?agent=${first.unconfirmed}`,
    },
    {
      key: 'orphaned',
      mark: conditionMarks.orphaned,
      count: orphaned,
      text: `${orphaned} orphaned`,
      href: '/orphans',
    },
    { key: 'over-budget', mark: conditionMarks['over-budget'], count: over, text: `${over} over budget`, href: '/costs' },
    { key: 'near-budget', mark: softBudgetMark, count: near, text: `${near} near a budget’s end`, href: '/costs' },
    { key: 'lost', mark: agentMarks.lost, count: lost, text: `${lost} lost`, href: `/agents?agent=${first.lost}` },
    { key: 'dead', mark: taskMarks['dead-letter'], count: dead, text: word(dead, 'dead letter', 'dead letters'), href: '/tasks' },
    {
      key: 'stops',
      mark: stopMarks.stopping,
      count: stops.length,
      text: word(stops.length, 'stop under way', 'stops under way'),
      href: stops.length === 1 ? `/stops/${stops[0]?.id}` : '/stops',
    },
  ];
  return needs.filter((n) => n.count > 0);
}

/** Before the first look. */
export const unread: Need[] = [];
/** Read once a second: the scan over 10,000 agents stays away from the frames. */
export function useNeeds(): Need[] {
  const store = useLiveStore();
  const [needs, setNeeds] = useState<Need[]>(unread);
  useEffect(() => {
    let last = '';
    const read = () => {
      // half of the answer would only be corrected a moment later
      if (!store.complete) return;
      const next = needsOf(store);
      const text = JSON.stringify(next);
      if (text !== last) setNeeds(next);
      last = text;
    };
    read();
    const timer = setInterval(read, 1000);
    // the first snapshot does not wait for the next second
    const off = store.subscribeTopic('seq', () => last === '' && read());
    return () => {
      clearInterval(timer);
      off();
    };
  }, [store]);
  return needs;
}
