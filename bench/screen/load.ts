/**
 * A process of its own that reports as a runner does: heartbeats of many agents in one call, twenty calls a second, and
 * model calls in batches. Started by `fork`; its orders and its account go over the channel.
 */
export type LoadOrder = {
  url: string;
  token: string;
  /** Everybody who lives, in turns. */
  agentIds: string[];
  /** On screen: a tenth of the beats is theirs. */
  visibleIds: string[];
  updatesPerSecond: number;
};
export type LoadAccount = { updates: number; refused: number; ms: number; latenciesMs: number[] };

const tickMs = 50;
const mostOpen = 12;
const verbs = ['reading', 'editing', 'testing', 'planning', 'waiting for', 'summarising'];

let running = false;
const account: LoadAccount = { updates: 0, refused: 0, ms: 0, latenciesMs: [] };

async function run(o: LoadOrder): Promise<void> {
  running = true;
  let open = 0;
  let sent = 0;
  let at = 0;
  const startedMs = performance.now();
  const post = async (path: string, body: object, updates: number) => {
    open += 1;
    const beganMs = performance.now();
    try {
      const r = await fetch(`${o.url}/api/v1${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${o.token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      await r.arrayBuffer();
      if (r.ok) account.updates += updates;
      else account.refused += updates;
    } catch {
      account.refused += updates;
    }
    account.latenciesMs.push(performance.now() - beganMs);
    open -= 1;
  };
  const next = (i: number): string => {
    const hot = o.visibleIds.length > 0 && i % 10 === 0;
    return (hot ? o.visibleIds[(i / 10) % o.visibleIds.length] : o.agentIds[at++ % o.agentIds.length]) as string;
  };
  while (running) {
    const due = Math.floor(((performance.now() - startedMs) / 1_000) * o.updatesPerSecond);
    // a server that cannot follow gets less, and the account says so
    const count = open >= mostOpen ? 0 : Math.min(due - sent, o.updatesPerSecond / 2);
    if (open >= mostOpen) sent = due;
    if (count > 0) {
      const costs = Math.floor(count / 10);
      const beats = new Map<string, object>();
      for (let i = sent; beats.size < count - costs; i++) {
        const agentId = next(i);
        const activity = i % 3 === 0 ? { activity: `${verbs[i % verbs.length]} step ${i}` } : {};
        beats.set(agentId, { agentId, progress: (i % 100) / 100, metrics: { toolsExecuted: i }, ...activity });
      }
      const events = Array.from({ length: costs }, (_, k) => ({
        eventId: `load-${process.pid}-${sent + k}`,
        agentId: next(sent + k * 7 + 1),
        model: 'claude-haiku-4-5',
        inputTokens: 2_000 + k,
        outputTokens: 150,
        costUsd: '0.001234',
      }));
      sent += count;
      void post('/heartbeats', { beats: [...beats.values()] }, beats.size);
      if (events.length) void post('/costs', { events }, events.length);
    }
    await new Promise((go) => setTimeout(go, tickMs));
  }
  account.ms = performance.now() - startedMs;
}

process.on('message', (m: LoadOrder | 'reset' | 'tell' | 'stop') => {
  if (m === 'stop') process.exit(0);
  else if (m === 'reset') Object.assign(account, { updates: 0, refused: 0, latenciesMs: [] });
  else if (m === 'tell') process.send?.(account);
  else void run(m);
});
process.on('disconnect', () => process.exit(0));
