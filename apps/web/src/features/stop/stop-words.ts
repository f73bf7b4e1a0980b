import type { StopMode, StopReceiptLine, StopSummary, StopWave } from '@reeve/core/vocabulary';

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

export type ReceiptRow = { kind: 'wave'; key: string; wave: StopWave; at: number } | { kind: 'line'; key: string; line: StopReceiptLine };
/** The lines that are here, each wave under its own head, in the order in which they end: leaves first. */
export function receiptRows(waves: readonly StopWave[], lines: readonly StopReceiptLine[]): ReceiptRow[] {
  const rows: ReceiptRow[] = [];
  let last: number | undefined;
  for (const line of lines) {
    if (line.wave !== last) {
      const at = waves.findIndex((w) => w.wave === line.wave);
      const wave = waves[at];
      if (wave) rows.push({ kind: 'wave', key: `wave ${wave.wave}`, wave, at });
      last = line.wave;
    }
    rows.push({ kind: 'line', key: line.agentId, line });
  }
  return rows;
}

/** What is being stopped: the agent at its root, or everything. */
export const subjectOf = (stop: StopSummary, rootName: string | undefined): string =>
  stop.agentId === null ? 'everything' : (rootName ?? stop.name ?? stop.agentId);

const sum = (waves: readonly StopWave[], of: (w: StopWave) => number): number => waves.reduce((n, w) => n + of(w), 0);
/** What can be said of the whole stop right now, and not a word more. */
export function summaryOf(stop: StopSummary): { text: string; members: number; ended: number; unconfirmed: number; open: number } {
  const members = sum(stop.waves, (w) => w.members);
  const unconfirmed = sum(stop.waves, (w) => w.unconfirmed);
  const ended = sum(stop.waves, (w) => w.ended);
  const open = members - ended - unconfirmed;
  const all = members === 1 ? 'The agent' : `All ${members} agents`;
  const and = unconfirmed ? `; ${unconfirmed} unconfirmed` : '';
  const text = stop.enlisting
    ? `All are fenced; ${ended} of the first ${members} ended, with evidence${and}`
    : open > 0 || unconfirmed > 0
      ? `${ended} of ${members} ended, with evidence${and}`
      : members === 0
        ? 'Nothing lived under it'
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
