/**
 * One of several processes that meet at a mutex, a semaphore and a barrier, over HTTP and nothing else:
 * `meeting-agent.ts <journal> <name> <turns>`, the server and its token in the environment. Each call stands in the journal before
 * it is made and after it was answered, so that whatever kills the process, the journal says what others may have seen of it.
 */
import { appendFileSync } from 'node:fs';
import { setTimeout as passed } from 'node:timers/promises';
import { barrierParties, type Line, leaseMs, lockAt } from './meetings.ts';

const [journal = '', name = '', turns = '1'] = process.argv.slice(2);
const write = (line: Line) => appendFileSync(journal, `${JSON.stringify(line)}\n`);
// of all processes of this machine the same clock, finer than a millisecond
const now = () => performance.timeOrigin + performance.now();
let calls = 0;

/** The same call until it is answered: a server that is away, or that says so, may have taken it. */
async function ask(path: string, body: object): Promise<{ status: number; body: Record<string, unknown> }> {
  for (;;) {
    try {
      const res = await fetch(`${process.env.REEVE_URL}/api/v1${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${process.env.REEVE_TOKEN}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const answer = { status: res.status, body: (await res.json()) as Record<string, unknown> };
      if (answer.status !== 503) return answer;
    } catch {}
    await passed(50);
  }
}
async function call(at: string, what: string, path: string, body: object, token?: string) {
  const n = `${name}.${calls++}`;
  write({ n, at, do: what, calledMs: now(), ...(token && { token }) });
  const answer = await ask(path, body);
  write({ n, at, do: what, answeredMs: now(), status: answer.status, said: answer.body });
  return answer;
}

const { body: agent } = await ask('/agents', { name, requestId: name });
const agentId = agent.agentId as string;
for (let turn = 0; turn < Number(turns); turn++) {
  const requestId = `${name}.${turn}`;
  if (turn % 4 === 3) {
    await call('barrier', 'wait', '/barriers/all/wait', { agentId, parties: barrierParties, waitMs: 4_000, requestId });
    continue;
  }
  const lock = lockAt(turn);
  const wanted = { agentId, permits: lock.permits, leaseMs, waitMs: 120_000, requestId };
  const got = await call(lock.name, 'acquire', `/locks/${lock.name}/acquire`, wanted);
  if (got.status !== 200) continue;
  const token = got.body.token as string;
  await passed(Math.random() < 0.1 ? leaseMs + 300 : Math.random() * 60);
  // a second release does nothing; one that comes after the lease finds nothing to release
  for (let i = Math.random() < 0.2 ? 2 : 1; i > 0; i--)
    await call(lock.name, 'release', `/locks/${lock.name}/release`, { agentId, token }, token);
}
