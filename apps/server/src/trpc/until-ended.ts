import { randomUUID } from 'node:crypto';
import type * as s from '@reeve/core/vocabulary';
import type { z } from 'zod';
import { run } from './trpc.ts';
import { type AskingContext, untilServed } from './until-served.ts';

/** The long poll of an agent that waits for the end of another one, or of a task; answers the state in which it ended. */
export async function untilEnded<State extends string>(
  ctx: AskingContext,
  type: 'agents.wait' | 'tasks.wait',
  input: z.output<typeof s.awaitEndInput>,
): Promise<{ id: string; state: State; requestId: string }> {
  const { id, agentId, waitMs } = input;
  const asked = { agentId, requestId: input.requestId ?? randomUUID(), callId: randomUUID() };
  const { requestId, endState } = await untilServed({
    ctx,
    waitMs,
    request: { id, ...asked },
    ask: (leftMs) => run(ctx, type, { ...input, ...asked, waitMs: leftMs }),
    withdraw: (request) => run(ctx, 'waits.withdraw', request),
  });
  return { id, state: endState as State, requestId };
}
