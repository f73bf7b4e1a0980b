/**
 * A program that counts, under supervision: each step is one effect under a key, written to a journal that outlives it.
 * `counting-agent.ts <journal> <tools>`. Whatever kills it, the journal says what was really done.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { EffectInDoubt, supervise } from '@reeve/agent';

const [journal = '', tools = '5'] = process.argv.slice(2);
const write = (line: object) => appendFileSync(journal, `${JSON.stringify(line)}\n`);
/** A look at the world outside: whether an effect in doubt was done. */
const wasDone = (step: number) => existsSync(journal) && readFileSync(journal, 'utf8').includes(`{"done":${step},`);

await supervise({ name: 'counter' }, async (agent) => {
  const { epoch } = agent;
  const from = await agent.resumed();
  let state = (from?.state ?? { step: 0 }) as { step: number };
  // no key stands before this one: a rehearsal leaves it out by itself
  if (!agent.isRehearsal) write({ began: epoch, at: state.step, checkpoint: from?.checkpointId ?? null });
  const checkpointer = agent.checkpointer({ snapshot: () => ({ state }), tools: Number(tools) });
  while (!agent.isStopping) {
    const step = state.step + 1;
    const work = () => {
      write({ done: step, epoch });
      return step;
    };
    await agent.effect(`step-${step}`, work).catch((e) => {
      if (!(e instanceof EffectInDoubt)) throw e;
      return agent.effect(`step-${step}`, () => (wasDone(step) ? step : work()), { onDoubt: 'retry' });
    });
    agent.toolExecuted();
    state = { step };
    await checkpointer.step();
  }
});
