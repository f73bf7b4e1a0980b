import * as s from '@reeve/core/vocabulary';
import { visibleAgent } from '../access.ts';
import { anyone, router, run } from '../trpc.ts';

const tag = 'checkpoints';

export const checkpointsRouter = router({
  save: anyone
    .meta({
      http: { method: 'POST', path: '/agents/{id}/checkpoints', status: 201, tag, summary: 'Save the state of an agent', batch: true },
    })
    .input(s.saveCheckpointInput)
    .mutation(({ ctx, input }) => run(ctx, 'checkpoints.save', input)),
  list: anyone
    .meta({ http: { method: 'GET', path: '/agents/{id}/checkpoints', tag, summary: 'Checkpoints of an agent, newest first' } })
    .input(s.listCheckpointsInput)
    .query(async ({ ctx, input }) => {
      await visibleAgent(ctx.services.reads, ctx.principal, input.id);
      return ctx.services.reads.checkpoints(ctx.principal.projectId, input.id, { limit: input.limit });
    }),
  get: anyone
    .meta({ http: { method: 'GET', path: '/checkpoints/{id}', tag, summary: 'One checkpoint with its state' } })
    .input(s.byIdInput)
    .query(async ({ ctx, input }) => {
      const checkpoint = await ctx.services.reads.checkpoint(ctx.principal.projectId, input.id);
      await visibleAgent(ctx.services.reads, ctx.principal, checkpoint.agentId);
      return checkpoint;
    }),
  restore: anyone
    .meta({
      http: { method: 'POST', path: '/checkpoints/{id}/restore', tag, summary: 'Begin a new epoch, or a fork, from a checkpoint' },
    })
    .input(s.restoreCheckpointInput)
    .mutation(({ ctx, input }) => run(ctx, 'checkpoints.restore', input)),
  preview: anyone
    .meta({
      http: {
        method: 'POST',
        path: '/checkpoints/{id}/preview',
        tag,
        summary: 'What a restore would do now: what is lost, what is in doubt, who starts it',
      },
    })
    .input(s.byIdInput)
    .mutation(({ ctx, input }) => run(ctx, 'checkpoints.preview', input)),
  rehearse: anyone
    .meta({
      http: {
        method: 'POST',
        path: '/checkpoints/{id}/rehearse',
        status: 202,
        tag,
        summary: 'Do once more what came after a checkpoint, in a session of its own that touches nothing live',
      },
    })
    .input(s.rehearseCheckpointInput)
    .mutation(({ ctx, input }) => run(ctx, 'checkpoints.rehearse', input)),
  rehearsal: anyone
    .meta({ http: { method: 'GET', path: '/agents/{id}/rehearsal', tag, summary: 'A rehearsal beside what its original did' } })
    .input(s.byIdInput)
    .query(({ ctx, input }) => ctx.services.reads.rehearsal(ctx.principal.projectId, input.id)),
  resume: anyone
    .meta({
      http: {
        method: 'POST',
        path: '/checkpoints/{id}/resume',
        tag,
        summary: 'For a process started with REEVE_RESTORE: the state, what is in doubt, and the events behind it',
      },
    })
    .input(s.byIdInput)
    .mutation(({ ctx, input }) => run(ctx, 'checkpoints.resume', input)),
  ask: anyone
    .meta({
      http: { method: 'POST', path: '/agents/{id}/checkpoint', status: 202, tag, summary: 'Ask an agent or its subtree to save' },
    })
    .input(s.askCheckpointInput)
    .mutation(({ ctx, input }) => run(ctx, 'agents.checkpoint', input)),
});

export const effectsRouter = router({
  begin: anyone
    .meta({ http: { method: 'POST', path: '/agents/{id}/effects/begin', tag, summary: 'Write an effect down before it is done' } })
    .input(s.beginEffectInput)
    .mutation(({ ctx, input }) => run(ctx, 'effects.begin', input)),
  acknowledge: anyone
    .meta({ http: { method: 'POST', path: '/agents/{id}/effects/acknowledge', tag, summary: 'Say that an effect is done' } })
    .input(s.acknowledgeEffectInput)
    .mutation(({ ctx, input }) => run(ctx, 'effects.acknowledge', input)),
});
