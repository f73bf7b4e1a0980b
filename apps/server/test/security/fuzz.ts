import { openApiDocument } from '../../src/http/openapi.ts';
import type { Json, TestServer } from '../harness.ts';

/** Mulberry32: the same seed, the same requests. */
export function randomOf(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Operation = { method: string; path: string; inPath: string[]; query: string[]; schema: Json };
export function operationsOf(): Operation[] {
  const { paths } = openApiDocument('http://x', '0') as { paths: Json };
  return Object.entries<Json>(paths).flatMap(([path, methods]) =>
    Object.entries<Json>(methods).map(([method, op]) => ({
      method: method.toUpperCase(),
      path,
      inPath: op.parameters.filter((p: Json) => p.in === 'path').map((p: Json) => p.name),
      query: op.parameters.filter((p: Json) => p.in === 'query').map((p: Json) => p.name),
      schema: op.requestBody?.content['application/json'].schema ?? {
        type: 'object',
        properties: Object.fromEntries(op.parameters.filter((p: Json) => p.in === 'query').map((p: Json) => [p.name, p.schema])),
      },
    })),
  );
}

// what cannot stand in a path is for bodies: a lone surrogate
const inUrl = (text: string): string => encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, ''));
const odd: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1e308,
  9_007_199_254_740_992,
  0.1,
  '',
  ' ',
  '\u0000',
  '\ud800',
  "'; drop table agent; --",
  '$1',
  '%00',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  '<script>alert(1)</script>',
  'x'.repeat(10_000),
  '٣',
  '9'.repeat(30),
  '-9223372036854775809',
  '2026-02-30T00:00:00Z',
  '0001-01-01T00:00:00Z',
  '+275760-09-13T00:00:00Z',
  [],
  {},
  [[]],
  { $ne: null },
  { __proto__: { admin: true } },
];

/** Requests made from the document: mostly what it asks for, with things here and there that it does not. */
export class Fuzzer {
  constructor(
    private readonly random: () => number,
    private readonly known: Record<string, string[]>,
  ) {}
  int = (n: number): number => Math.floor(this.random() * n);
  pick = <T>(of: readonly T[]): T => of[this.int(of.length)] as T;

  value(schema: Json, name = '', depth = 0): unknown {
    if (this.random() < 0.06) return this.pick(odd);
    if (!schema || depth > 4) return this.pick(odd);
    const any = schema.anyOf ?? schema.oneOf;
    if (any) return this.value(this.pick(any), name, depth + 1);
    if (schema.const !== undefined) return schema.const;
    if (schema.enum) return this.pick(schema.enum);
    switch (Array.isArray(schema.type) ? this.pick(schema.type) : schema.type) {
      case 'object': {
        const out: Record<string, unknown> = {};
        const required: string[] = schema.required ?? [];
        for (const [key, s] of Object.entries<Json>(schema.properties ?? {}))
          if (this.random() < (required.includes(key) ? 0.97 : 0.4)) out[key] = this.value(s, key, depth + 1);
        if (this.random() < 0.03) out[String(this.pick(odd))] = this.pick(odd);
        return out;
      }
      case 'array':
        return Array.from({ length: this.int(4) }, () => this.value(schema.items, name, depth + 1));
      case 'integer':
      case 'number': {
        const low = schema.minimum ?? 0;
        const high = Math.min(schema.maximum ?? 1_000, low + 1_000);
        return this.random() < 0.1 ? this.pick([low, high, low - 1, high + 1, 0.5]) : low + this.int(high - low + 1);
      }
      case 'boolean':
        return this.random() < 0.5;
      case 'null':
        return null;
      default:
        return this.text(name);
    }
  }
  /** Names that exist, now and then, so that calls get past the first look. */
  private text(name: string): string {
    const ids = this.known[name];
    if (ids?.length && this.random() < 0.7) return this.pick(ids);
    if (name === 'waitMs') return '0';
    return this.random() < 0.3 ? String(this.pick(odd)) : `t${this.int(50)}`;
  }
  request(op: Operation): { path: string; body: string | undefined } {
    let { path } = op;
    for (const name of op.inPath) {
      const kind = name === 'id' ? op.path.split('/')[1] : name;
      const ids = this.known[kind ?? ''] ?? [];
      const id = ids.length && this.random() < 0.75 ? this.pick(ids) : String(this.pick(odd));
      path = path.replace(`{${name}}`, inUrl(id) || '%20');
    }
    const value = this.value(op.schema);
    const input = (typeof value === 'object' && value !== null ? value : { x: value }) as Record<string, unknown>;
    // a poll that waits would only cost time
    if ('waitMs' in (op.schema.properties ?? {})) input.waitMs = this.int(3);
    if (op.method === 'GET') {
      const query = Object.entries(input).map(([k, v]) => `${inUrl(k)}=${inUrl(String(v))}`);
      return { path: query.length ? `${path}?${query.join('&')}` : path, body: undefined };
    }
    const text = JSON.stringify(input);
    if (this.random() < 0.02) return { path, body: text.slice(0, this.int(text.length)) };
    return { path, body: text };
  }
}

const leak =
  /\bat .+:\d+:\d+|node_modules|\.ts:|select .+ from|insert into|syntax error at|PrismaClient|violates .+ constraint|relation "/i;
/**
 * Refused, and kept where people see it: a late write of a claim (I-TASK-2), a checkpoint of a zombie (I-CKPT-2). A wait that has
 * timed out, met a broken barrier or closed a circle was no refused one: it stood in the queue, and left it.
 */
const waited: readonly unknown[] = ['timed_out', 'broken_barrier', 'deadlock'];
const keptThough = (path: string, code: unknown): boolean =>
  waited.includes(code) ||
  (path.startsWith('/tasks/') && code === 'stale_token') ||
  (path.endsWith('/checkpoints') && code === 'version_conflict');
export type FuzzReport = { requests: number; byStatus: Record<number, number>; faults: string[]; wrote: number };

/** Sends so many requests as callers of each kind; what is refused must change nothing, and nobody is told of our insides. */
export async function fuzz(
  server: TestServer,
  tokens: readonly (string | null)[],
  o: { requests: number; seed: number },
): Promise<FuzzReport> {
  const random = randomOf(o.seed);
  const known: Record<string, string[]> = {};
  const learn = (kind: string, id: unknown) => {
    if (typeof id !== 'string') return;
    known[kind] ??= [];
    known[kind].push(id);
    if (known[kind].length > 30) known[kind].shift();
  };
  const fuzzer = new Fuzzer(random, known);
  // an emergency stop would have the rest refused; it is tried apart
  const operations = operationsOf().filter((op) => !['/project/stop', '/demo/start'].includes(op.path));
  const report: FuzzReport = { requests: 0, byStatus: {}, faults: [], wrote: 0 };
  let facts = await server.factsOfCallers();
  for (let i = 0; i < o.requests; i++) {
    const op = operations[i % operations.length] as Operation;
    const { path, body } = fuzzer.request(op);
    const res = await fetch(`${server.url}/api/v1${path}`, {
      method: op.method,
      headers: { 'content-type': 'application/json', ...authorization(fuzzer.pick(tokens)) },
      ...(op.method === 'GET' ? {} : { body: body ?? '' }),
    });
    const text = await res.text();
    report.requests += 1;
    report.byStatus[res.status] = (report.byStatus[res.status] ?? 0) + 1;
    const said = `#${i} ${op.method} ${path} ${body ?? ''}`.slice(0, 400);
    const answer = (text ? (JSON.parse(text) as Json) : null) ?? {};
    if (res.status >= 500) report.faults.push(`${said} → ${res.status} ${text.slice(0, 200)}`);
    // what callers themselves have sent may come back; only what we say of errors is looked at
    if (res.status >= 400 && leak.test(String(answer.error?.message ?? ''))) report.faults.push(`${said} leaks ${text.slice(0, 300)}`);
    if (res.status >= 400 && typeof answer.error?.code !== 'string')
      report.faults.push(`${said} has no error of the contract: ${text.slice(0, 200)}`);
    const now = await server.factsOfCallers();
    if (now !== facts) report.wrote += 1;
    if (res.status >= 400 && now !== facts && !keptThough(op.path, answer.error?.code))
      report.faults.push(`${said} was refused with ${res.status} and changed something`);
    facts = now;
    if (res.status < 300) {
      learn('agents', answer.agentId);
      learn('agentId', answer.agentId);
      learn('parentId', answer.agentId);
      learn('stops', answer.stopId);
      learn('checkpoints', answer.checkpointId);
      learn('runners', answer.runnerId);
      learn('reservations', answer.reservationId);
      if (op.path === '/tasks' || op.path === '/tasks/claim') for (const t of [answer, ...(answer.tasks ?? [])]) learn('tasks', t.id);
      if (op.path === '/changes') learn('changes', answer.id);
      if (op.path === '/repositories') learn('repositoryId', answer.id);
      if (op.path.startsWith('/locks')) learn('token', answer.token);
    }
  }
  return report;
}
const authorization = (token: string | null): Record<string, string> => (token === null ? {} : { authorization: `Bearer ${token}` });
