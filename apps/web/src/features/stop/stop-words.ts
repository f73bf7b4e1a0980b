import type { StopMode, StopReceiptLine, StopView } from '@reeve/core/vocabulary';

/** The words of the stop flow live here: none of them may claim an end that nothing proves. */
export const modes: { value: StopMode; word: string; meaning: string }[] = [
  { value: 'drain', word: 'Drain', meaning: 'Takes nothing new, finishes its current work. Ended by force only when the grace is over.' },
  { value: 'graceful', word: 'Graceful', meaning: 'Asked to end now and to save its work. TERM, then KILL when the grace is over.' },
  { value: 'force', word: 'Force', meaning: 'KILL at once. What is not saved is lost.' },
];
export const graces = [
  { ms: 5_000, word: '5 s' },
  { ms: 15_000, word: '15 s' },
  { ms: 30_000, word: '30 s' },
  { ms: 120_000, word: '2 min' },
  { ms: 600_000, word: '10 min' },
  { ms: 3_600_000, word: '1 h' },
] as const;

export const unconfirmedMeaning =
  'Fenced, but nothing proves that it ended: no acknowledgement, no exit status, no verified absence. It can do no more here; it may still run somewhere. Only evidence moves it on.';

export type Wave = { wave: number; lines: StopReceiptLine[]; ended: number; unconfirmed: number };
/** Receipt lines by wave, in the order in which they end: leaves first. */
export function wavesOf(stop: Pick<StopView, 'receipt'>): Wave[] {
  const waves = new Map<number, Wave>();
  for (const line of stop.receipt) {
    const w = waves.get(line.wave) ?? { wave: line.wave, lines: [], ended: 0, unconfirmed: 0 };
    waves.set(line.wave, w);
    w.lines.push(line);
    if (line.outcome === 'unconfirmed') w.unconfirmed++;
    else if (line.outcome !== null) w.ended++;
  }
  return [...waves.values()].sort((a, b) => a.wave - b.wave);
}

/** What is being stopped: the agent at its root, or everything. */
export const subjectOf = (stop: StopView, rootName: string | undefined): string =>
  stop.agentId === null ? 'everything' : (rootName ?? stop.receipt.find((l) => l.agentId === stop.agentId)?.name ?? stop.agentId);

/** What can be said of the whole stop right now, and not a word more. */
export function summaryOf(stop: StopView): { text: string; members: number; ended: number; unconfirmed: number; open: number } {
  const members = stop.receipt.length;
  const unconfirmed = stop.receipt.filter((l) => l.outcome === 'unconfirmed').length;
  const ended = stop.receipt.filter((l) => l.outcome !== null && l.outcome !== 'unconfirmed').length;
  const open = members - ended - unconfirmed;
  const all = members === 1 ? 'The agent' : `All ${members} agents`;
  const text =
    open > 0
      ? `${ended} of ${members} ended, with evidence${unconfirmed ? `; ${unconfirmed} unconfirmed` : ''}`
      : unconfirmed > 0
        ? `${ended} of ${members} ended, with evidence; ${unconfirmed} unconfirmed`
        : `${all} ended, with evidence`;
  return { text, members, ended, unconfirmed, open };
}
/** `person:owner` → owner; a name where the live screen knows one. */
export function actorWords(actor: string, nameOf: (id: string) => string | undefined): string {
  const [, kind = '', id = ''] = /^(\w+):(.*)$/.exec(actor) ?? [];
  switch (kind) {
    case 'person':
      return id;
    case 'project':
      return 'a project token';
    case 'agent':
      return nameOf(id) ?? id;
    case 'system':
      return `Reeve itself (${id})`;
    default:
      return actor;
  }
}

export const evidenceWords = {
  acknowledged: 'Acknowledged by the agent',
  'process-ended': 'Process ended, absence verified',
  'lease-expired': 'Lease expired, no call since',
  'already-ended': 'Had ended before',
} as const satisfies Record<NonNullable<StopReceiptLine['evidence']>['how'], string>;
