import { setTimeout as passed } from 'node:timers/promises';
import { until } from '../database/support.ts';
import type { Json } from '../harness.ts';
import { type ServerProcess, Unanswered } from './server-process.ts';

const teams = 3;
const workersInTeam = 3;
const graceMs = 1_500;
const killConfirmMs = 500;
/** How late a deadline may be noticed: a tick of the stop loop, a transaction, and a busy machine. */
const lateMs = 3_000;

/**
 * Callers of every kind at once: sessions with workers that beat, report costs, claim and complete tasks, and stops of
 * short-lived subtrees. Each keeps what it was told, and asks again, with the same ids, until it is told something.
 */
export class Workforce {
  readonly told = {
    /** Event id → nano-USD. */
    costs: new Map<string, bigint>(),
    /** Task → the token that completed it. */
    completions: new Map<string, string>(),
    /** Agent → its session and epoch. */
    agents: new Map<string, { sessionId: string; epoch: number }>(),
    /** Stop → the deadlines of its members, as first told. */
    stops: new Map<string, { [agentId: string]: string }>(),
  };
  acknowledged = 0;
  unanswered = 0;
  private going = true;
  private numbers = 0;
  private readonly loops: Promise<void>[] = [];
  private readonly surprises: string[] = [];

  constructor(private readonly server: ServerProcess) {}

  async start(): Promise<void> {
    for (let team = 0; team < teams; team++) {
      const lead = await this.register(`lead ${team}`, null);
      for (let n = 0; n < workersInTeam; n++) {
        const worker = await this.register(`worker ${team}.${n}`, lead.agentId);
        this.loop(() => this.spend(worker.agentId));
        this.loop(() => this.do(worker, `${team}.${n}`));
        this.loop(() => this.beat(worker));
      }
      this.loop(() => this.beat(lead));
      this.loop(() => this.stopOne(lead.agentId));
    }
  }
  async stop(): Promise<void> {
    this.going = false;
    await Promise.all(this.loops);
  }
  /** Until so much has been acknowledged. */
  works(count: number): Promise<void> {
    return until(() => this.acknowledged >= count, 'the work to go on', 60_000);
  }
  private loop(step: () => Promise<void>): void {
    this.loops.push(
      (async () => {
        while (this.going) await step().catch((e: Error) => this.surprises.push(e.message));
      })(),
    );
  }
  /** Asks until it is answered; what was not may have happened. */
  private async ask(method: string, path: string, body?: unknown, token?: string): Promise<Json> {
    for (let tries = 0; ; tries++) {
      try {
        const answer = await this.server.ok(method, path, body, token);
        this.acknowledged += 1;
        return answer;
      } catch (e) {
        if (!(e instanceof Unanswered)) throw e;
        this.unanswered += 1;
        await passed(Math.min(400, 25 * 2 ** tries));
      }
    }
  }
  private get number(): number {
    return ++this.numbers;
  }

  private async register(name: string, parentId: string | null): Promise<{ agentId: string; token: string }> {
    const agent = await this.ask('POST', '/agents', { name, parentId, requestId: `agent ${this.number}` });
    this.told.agents.set(agent.agentId, { sessionId: agent.sessionId, epoch: agent.epoch });
    return agent;
  }
  private async beat({ agentId, token }: { agentId: string; token: string }): Promise<void> {
    const { directive } = await this.ask('POST', `/agents/${agentId}/heartbeat`, { epoch: 1 }, token);
    if (directive !== 'run') this.surprises.push(`${agentId} was told to ${directive}`);
    await passed(500);
  }
  private async spend(agentId: string): Promise<void> {
    const nanoUsd = BigInt(1 + Math.floor(Math.random() * 1e9));
    const event = { eventId: `call ${this.number}`, agentId, model: 'm', inputTokens: 1, outputTokens: 1, at: new Date().toISOString() };
    const costUsd = `0.${String(nanoUsd).padStart(9, '0')}`;
    const report = { events: [{ ...event, costUsd: nanoUsd === 1_000_000_000n ? '1.0' : costUsd }] };
    const { accepted, duplicates, conflicts } = await this.ask('POST', '/costs', report);
    if (accepted + duplicates !== 1 || conflicts.length) this.surprises.push(`${event.eventId}: ${accepted}/${duplicates}/${conflicts}`);
    this.told.costs.set(event.eventId, nanoUsd);
    await passed(20);
  }
  private async do(worker: { agentId: string; token: string }, label: string): Promise<void> {
    const n = this.number;
    const task = await this.ask('POST', '/tasks', { title: `task ${n}`, labels: [label], requestId: `task ${n}` });
    const claim = { agentId: worker.agentId, labels: [label], requestId: `claim ${n}` };
    const { tasks } = await this.ask('POST', '/tasks/claim', claim, worker.token);
    if (tasks.length !== 1 || tasks[0].id !== task.id) return void this.surprises.push(`claim ${n} got ${tasks.length} tasks`);
    const { token } = tasks[0].claim;
    const done = await this.ask('POST', `/tasks/${task.id}/complete`, { token, result: n }, worker.token);
    if (done.state !== 'done') this.surprises.push(`task ${n} is ${done.state}`);
    this.told.completions.set(task.id, token);
    await passed(20);
  }
  /** A stop that nobody helps along: the member never reports, so its deadline ends it. */
  private async stopOne(parentId: string): Promise<void> {
    const mute = await this.register(`mute ${this.number}`, parentId);
    this.told.agents.delete(mute.agentId);
    const { stopId } = await this.ask('POST', `/agents/${mute.agentId}/stop`, { graceMs, killConfirmMs, reason: 'x' });
    const stop = await this.ask('GET', `/stops/${stopId}`);
    this.told.stops.set(stopId, Object.fromEntries(stop.receipt.map((m: Json) => [m.agentId, m.deadline])));
    await passed(300);
  }

  /** What the database says against what callers were told; nothing, where all is well. */
  async contradictions(): Promise<string[]> {
    const { told, server } = this;
    // what was told before the look
    const costs = [...told.costs];
    const completions = [...told.completions];
    const agents = [...told.agents];
    const stops = [...told.stops];
    const wrong = this.surprises.splice(0);
    const say = (what: string) => void wrong.push(what);

    const entries = new Map<string, bigint[]>();
    for (const r of await server.sql('select event_id, cost_nano_usd from cost_entry'))
      entries.set(r.event_id, [...(entries.get(r.event_id) ?? []), BigInt(r.cost_nano_usd)]);
    for (const [id, amount] of costs)
      if (entries.get(id)?.join() !== String(amount)) say(`${id} cost ${amount} and stands as ${entries.get(id)?.join() ?? 'nothing'}`);
    const rollups = await server.sql(`
      with sums as (
        select p.id, sum(e.cost_nano_usd) as total, coalesce(sum(e.cost_nano_usd) filter (where e.agent_id = p.id), 0) as own, count(*) as n
        from cost_entry e join cost_rollup_place f using (project_id) cross join lateral unnest(e.path) as p(id)
          where e.id <= f.last_id group by p.id)
      select coalesce(r.agent_id, s.id) as id from cost_rollup r full join sums s on s.id = r.agent_id
      where r.agent_id is null or s.id is null or r.total_nano_usd <> s.total or r.own_nano_usd <> s.own or r.total_entries <> s.n`);
    for (const r of rollups) say(`the rollup of ${r.id} is not its ledger`);

    const tasks = new Map((await server.sql('select id, state, claim_token from task')).map((r) => [r.id, r]));
    for (const [id, token] of completions)
      if (tasks.get(id)?.state !== 'done' || tasks.get(id)?.claim_token !== token)
        say(`${id} was completed and is ${tasks.get(id)?.state}`);
    for (const r of await server.sql(`select subject_id from event where type = 'task.completed' group by 1 having count(*) > 1`))
      say(`${r.subject_id} was done twice`);
    for (const r of await server.sql(`select title from task group by 1 having count(*) > 1`)) say(`${r.title} is there twice`);

    const [seq] = await server.sql(
      'select count(*)::int as n, coalesce(max(seq), 0)::int as last, (select seq::int from project) as told from event',
    );
    if (seq.n !== seq.last || seq.last > seq.told) say(`seq: ${seq.n} facts, the last is ${seq.last}, the project says ${seq.told}`);

    const rows = new Map((await server.sql('select id, session_id, epoch, state from agent')).map((r) => [r.id, r]));
    for (const [id, { sessionId, epoch }] of agents) {
      const r = rows.get(id);
      if (r?.session_id !== sessionId || r?.epoch !== epoch || !['running', 'starting'].includes(r?.state))
        say(`${id} was ${sessionId}/${epoch} and is ${r?.session_id}/${r?.epoch}, ${r?.state}`);
    }
    for (const r of await server.sql(`select subject_id from event where type = 'agent.lost'`))
      if (told.agents.has(r.subject_id)) say(`${r.subject_id} was lost`);

    const members = await server.sql('select stop_id, agent_id, deadline_at, outcome, ended_at from stop_member');
    for (const [stopId, deadlines] of stops)
      for (const m of members.filter((row) => row.stop_id === stopId)) {
        if (m.deadline_at.toISOString() !== deadlines[m.agent_id]) say(`the deadline of ${stopId} moved to ${m.deadline_at.toISOString()}`);
        const endsMs = m.deadline_at.getTime() + killConfirmMs + lateMs;
        if (!m.ended_at && Date.now() > endsMs && !(await this.endsSoon(stopId))) say(`${stopId} goes on past its deadline`);
      }
    return wrong;
  }
  /** A server that has just started steps on at its first ticks. */
  private async endsSoon(stopId: string): Promise<boolean> {
    const open = async () => (await this.server.sql(`select 1 from stop where id = $1 and state = 'stopping'`, [stopId])).length > 0;
    return until(async () => !(await open()), 'the stop to end', lateMs).then(
      () => true,
      () => false,
    );
  }
}
