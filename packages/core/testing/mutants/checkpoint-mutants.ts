import { type Mutant, simulation } from './mutant.ts';

const line = { file: 'src/checkpoints/checkpoint.test.ts' };
const saving = { file: 'src/checkpoints/checkpointer.property.test.ts' };
const restores = { file: 'src/supervisor/handlers/restores.test.ts' };
const handlers = { file: 'src/supervisor/handlers/checkpoints.test.ts' };

export const checkpointMutants: readonly Mutant[] = [
  {
    name: 'a zombie of an old epoch overwrites the newer checkpoint',
    breaks: 'I-CKPT-2',
    edits: [
      { file: 'checkpoints/checkpoint.ts', find: 'if (epoch !== agent.epoch)', replace: 'if (epoch > agent.epoch)' },
      { file: 'checkpoints/checkpoint.ts', find: 'comparePlaces(told, head) <= 0', replace: 'told.sequence <= head.sequence' },
    ],
    caughtBy: line,
  },
  {
    name: 'whoever writes last is the latest, whatever the sequence',
    breaks: 'I-CKPT-2',
    edits: [
      {
        file: 'checkpoints/checkpoint.ts',
        find: 'if (head && comparePlaces(told, head) <= 0) {',
        replace: 'if (head && told.digest === head.digest) {',
      },
    ],
    caughtBy: line,
  },
  {
    name: 'a checkpoint that is too old vanishes without a trace',
    breaks: 'I-CKPT-2',
    edits: [
      {
        file: 'checkpoints/checkpoint.ts',
        find: '    outcome: err(error),\n',
        replace: '    outcome: err(error),\n    ...{ events: [] },\n',
      },
    ],
    caughtBy: line,
  },
  {
    name: 'the counters are set to zero when the save has ended',
    breaks: 'I-CKPT-3',
    edits: [
      { file: 'checkpoints/checkpoint-trigger.ts', find: 'tools: now.tools - captured.tools', replace: 'tools: 0' },
      {
        file: 'checkpoints/checkpoint-trigger.ts',
        find: 'costNanoUsd: now.costNanoUsd - captured.costNanoUsd',
        replace: 'costNanoUsd: 0n',
      },
    ],
    caughtBy: saving,
  },
  {
    name: 'what is to be subtracted is read after the save, not at the snapshot',
    breaks: 'I-CKPT-3',
    edits: [
      {
        file: 'checkpoints/checkpointer.ts',
        find: 'this.counters = afterSave(this.counters, captured, atMs);',
        replace: 'this.counters = afterSave(this.counters, [captured, this.counters][1] ?? captured, atMs);',
      },
    ],
    caughtBy: saving,
  },
  {
    name: 'a save that failed counts as one',
    breaks: 'I-CKPT-6',
    edits: [
      {
        file: 'checkpoints/checkpointer.ts',
        find: '      this.failedAtMs = clock.nowMs();\n',
        replace: '      this.counters = afterSave(this.counters, captured, atMs);\n',
      },
    ],
    caughtBy: saving,
  },
  {
    name: 'every safe point that finds one due begins a save of its own',
    breaks: 'I-CKPT-3',
    edits: [{ file: 'checkpoints/checkpointer.ts', find: '    if (this.inFlight) return this.inFlight;\n', replace: '' }],
    caughtBy: { file: 'src/checkpoints/checkpointer.test.ts' },
  },
  {
    name: 'events up to the snapshot are replayed on it once more',
    breaks: 'I-CKPT-4',
    edits: [{ file: 'checkpoints/checkpoint.ts', find: 'comparePlaces(e, from) > 0', replace: 'comparePlaces(e, from) >= 0' }],
    caughtBy: line,
  },
  {
    name: 'an effect that nobody acknowledged is done again',
    breaks: 'I-CKPT-5',
    edits: [
      { file: 'checkpoints/effect.ts', find: 'if (effect && !told.retry)', replace: 'if (effect && !told.retry && effect.attempts < 0)' },
    ],
    caughtBy: handlers,
  },
  {
    name: 'a checkpoint is handed out unread: nobody compares its digest',
    breaks: 'I-CKPT-1',
    edits: [
      {
        file: 'supervisor/handlers/restores.ts',
        find: 'body === undefined || ports.secrets.digest(body) !== checkpoint.digest',
        replace: 'body === undefined',
      },
    ],
    caughtBy: restores,
  },
  {
    name: 'a restore that leaves the old epoch its token and its process',
    breaks: 'I-CKPT-7',
    edits: [{ file: 'supervisor/handlers/restores.ts', find: '  await fenceOldEpoch(work, source, checkpoint.id);\n', replace: '' }],
    caughtBy: restores,
  },
  {
    name: 'a restore that leaves the old epoch its claims',
    breaks: 'I-CKPT-7',
    edits: [
      {
        file: 'supervisor/handlers/restores.ts',
        find: 'for (const task of held) {',
        replace: 'for (const task of held.slice(held.length)) {',
      },
    ],
    caughtBy: restores,
  },
  {
    name: 'a restore brings back what a stop has ended',
    breaks: 'I-STOP-8',
    edits: [
      {
        file: 'supervisor/handlers/restores.ts',
        find: `  if (fence) return err({ code: 'fenced', stopId: fence.stopId, reason: await reasonOf(tx, fence.stopId) });\n`,
        replace: '',
      },
    ],
    caughtBy: restores,
  },
  {
    name: 'the counters begin anew once a save has ended',
    breaks: 'I-CKPT-3',
    edits: [
      {
        file: 'checkpoints/checkpointer.ts',
        find: 'this.counters = afterSave(this.counters, captured, atMs);',
        replace: 'this.counters = { ...noCounters(atMs), significant: captured.significant.slice(0, 0) };',
      },
    ],
    caughtBy: simulation,
  },
  {
    name: 'a safe point during a save begins another one',
    breaks: 'I-CKPT-3',
    edits: [{ file: 'checkpoints/checkpointer.ts', find: '    if (this.inFlight) return this.inFlight;\n', replace: '' }],
    caughtBy: simulation,
  },
  {
    name: 'what was written counts without being read back',
    breaks: 'I-CKPT-1',
    edits: [
      {
        file: 'supervisor/handlers/checkpoints.ts',
        find: 'if (stored === undefined || ports.secrets.digest(stored) !== checkpoint.digest)',
        replace: 'if (stored === undefined)',
      },
    ],
    caughtBy: simulation,
  },
  {
    name: 'what has changed on the disk since is handed out',
    breaks: 'I-CKPT-1',
    edits: [
      {
        file: 'supervisor/handlers/restores.ts',
        find: 'body === undefined || ports.secrets.digest(body) !== checkpoint.digest',
        replace: 'body === undefined',
      },
    ],
    caughtBy: simulation,
  },
  {
    name: 'the number of a checkpoint is taken for that of the last event in it',
    breaks: 'I-CKPT-4',
    edits: [
      {
        file: 'supervisor/handlers/restores.ts',
        find: `  const place = { epoch: checkpoint.epoch, sequence: checkpoint.eventSequence };
  const behind = await tx.agentEvents.after(source.id, place, eventsAfterLimit + 1);
  return {`,
        replace: `  const place = { epoch: checkpoint.epoch, sequence: checkpoint.sequence };
  const behind = await tx.agentEvents.after(source.id, place, eventsAfterLimit + 1);
  return {`,
      },
    ],
    caughtBy: simulation,
  },
  {
    name: 'only money makes a checkpoint due',
    breaks: 'I-CKPT-6',
    edits: [
      {
        file: 'checkpoints/checkpoint-trigger.ts',
        find: `  if (counters.tools >= thresholds.tools) return 'tools';\n`,
        replace: '',
      },
    ],
    caughtBy: simulation,
  },
  {
    name: 'what its policy starts again begins at nothing',
    breaks: 'I-CKPT-6',
    edits: [
      {
        file: 'supervisor/handlers/restarts.ts',
        find: 'launchPayload(orderId, next, spec, saved?.id)',
        replace: 'launchPayload(orderId, next, spec)',
      },
    ],
    caughtBy: simulation,
  },
];
