import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Inputs } from '../src/index.ts';

type Routers = keyof Inputs & string;
export type Path = { [R in Routers]: `${R}.${keyof Inputs[R] & string}` }[Routers];
type InputOf<P extends Path> = P extends `${infer R extends Routers}.${infer M}`
  ? M extends keyof Inputs[R]
    ? Inputs[R][M]
    : never
  : never;
/** What the procedures of the fake answer; throwing a `Refusal` answers with an error of the contract. */
export type Procedures = { [P in Path]?: (input: InputOf<P>, call: { token: string }) => unknown };
export class Refusal extends Error {
  constructor(readonly wire: { code: string } & Record<string, unknown>) {
    super(wire.code);
  }
}
export type Call = { path: string; input: unknown; token: string };

/**
 * A peer that speaks tRPC over HTTP as the server does, single calls and batches, and can be away: it then drops every
 * connection. Procedures that are not given answer with an internal error.
 */
export class FakeServer {
  readonly calls: Call[] = [];
  /** How many requests carried them. */
  requests = 0;
  /** Drops connections before doing anything. */
  away = false;
  /** Does the work of the next request and then drops its connection: the reply is lost. */
  loseReplies = 0;
  private server: Server | undefined;
  private port = 0;

  constructor(readonly procedures: Procedures) {}
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }
  async start(): Promise<this> {
    this.server = createServer((req, res) => void this.answer(req, res).catch(() => req.destroy()));
    await new Promise<void>((resolve) => this.server?.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
    return this;
  }
  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => (this.server ? this.server.close(resolve) : resolve(null)));
  }
  /** What was sent to a procedure, in order. */
  of<P extends Path>(path: P): InputOf<P>[] {
    return this.calls.filter((c) => c.path === path).map((c) => c.input as InputOf<P>);
  }

  private async answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (this.away) return void req.destroy();
    const url = new URL(req.url ?? '/', this.url);
    let text = '';
    for await (const chunk of req) text += chunk;
    this.requests++;
    const isBatch = url.searchParams.has('batch');
    const body = req.method === 'GET' ? JSON.parse(url.searchParams.get('input') ?? 'null') : JSON.parse(text || 'null');
    const token = (req.headers.authorization ?? '').replace('Bearer ', '');
    const paths = url.pathname.replace('/trpc/', '').split(',');
    const replies = await Promise.all(paths.map((path, i) => this.call(path, isBatch ? body?.[i] : body, token)));
    if (this.loseReplies > 0) {
      this.loseReplies--;
      return void req.socket.destroy();
    }
    const statuses = [...new Set(replies.map((r) => r.status))];
    res.writeHead(statuses.length === 1 ? (statuses[0] as number) : 207, { 'content-type': 'application/json' });
    res.end(JSON.stringify(isBatch ? replies.map((r) => r.body) : replies[0]?.body));
  }
  private async call(path: string, input: unknown, token: string): Promise<{ status: number; body: unknown }> {
    this.calls.push({ path, input, token });
    try {
      const procedure = this.procedures[path as Path] as ((input: unknown, call: { token: string }) => unknown) | undefined;
      if (!procedure) throw new Refusal({ code: 'internal', reference: `no ${path}` });
      return { status: 200, body: { result: { data: (await procedure(input, { token })) ?? null } } };
    } catch (e) {
      const wire = e instanceof Refusal ? e.wire : { code: 'internal', reference: String(e) };
      const status = { unauthenticated: 401, unavailable: 503, internal: 500, not_found: 404 }[wire.code] ?? 409;
      const data = { code: 'CONFLICT', httpStatus: status, reeve: { message: wire.code, ...wire } };
      return { status, body: { error: { message: wire.code, code: -32000, data } } };
    }
  }
}
