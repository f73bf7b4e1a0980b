import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import type { Logger } from 'pino';
import type { CallLimits } from '../auth/call-limits.ts';
import type { Principals } from '../auth/principals.ts';
import type { Context, Services } from '../trpc/context.ts';
import { DomainFailure, toTrpcError } from '../trpc/failure.ts';
import { appRouter } from '../trpc/router.ts';
import { batchLimitBytes, readText } from './body.ts';
import type { Door } from './door.ts';
import type { Metrics } from './metrics.ts';
import { refuseWhatIsNoRequest } from './not-http.ts';
import { docsPage, openApiDocument } from './openapi.ts';
import { sameOrigin } from './origin.ts';
import { createRest, sendError } from './rest.ts';
import { isOurHost, shield, shieldPage } from './shields.ts';

/** Of address and headers together. */
const headBytes = 16_384;

/** What serves everything that is neither API nor socket: Next, or nothing. */
export type Pages = {
  request(req: IncomingMessage, res: ServerResponse): unknown;
  upgrade?(req: IncomingMessage, socket: Duplex, head: Buffer): unknown;
};
export type AppParts = {
  services: Services;
  principals: Principals;
  limits: CallLimits;
  door: () => Door;
  metrics: Metrics;
  log: Logger;
  version: string;
  origin: () => string;
  /** Names beside loopback under which a proxy serves us. */
  allowedHosts: readonly string[];
  /** Bound beyond loopback: addresses in numbers are ours too, which no DNS name can point at. */
  anyAddress: boolean;
  dev: boolean;
  /** Rejects while the database is away. */
  ready: () => Promise<void>;
  pages?: Pages | undefined;
};

const wrongHost = (res: ServerResponse) =>
  res
    .writeHead(421, { 'content-type': 'text/plain' })
    .end('This name is not one of this server: use the address that it prints, or add the name to REEVE_ALLOWED_HOSTS.');

/** One `http.Server` for everything (contract.md, "Endpoints on the one port"); sockets are attached by `LiveHub`. */
export function createApp(parts: AppParts): Server {
  const { services, principals, limits, metrics, log } = parts;
  const report = (reference: string, error: unknown) => log.error({ reference, err: error }, 'a call failed');
  const contextOf = async (req: IncomingMessage, signal?: AbortSignal): Promise<Context> => {
    // a cookie counts only from our own pages; a bearer token is never sent by a browser on its own
    if (req.headers.authorization === undefined && !sameOrigin(req))
      throw new DomainFailure({ code: 'forbidden', rule: 'calls with a cookie come from the dashboard itself' });
    const principal = await principals.of(req.headers);
    await limits.take(principal, req.socket.remoteAddress ?? '');
    return { services, principal, signal };
  };
  const refusedBodies = new WeakMap<IncomingMessage, unknown>();
  const trpc = createHTTPHandler({
    router: appRouter,
    basePath: '/trpc/',
    maxBodySize: batchLimitBytes,
    createContext: async ({ req, res }) => {
      const refusal = refusedBodies.get(req);
      if (refusal) throw refusal instanceof DomainFailure ? toTrpcError(refusal) : refusal;
      const gone = new AbortController();
      res.once('close', () => gone.abort());
      return contextOf(req, gone.signal).catch((e: unknown) => {
        throw e instanceof DomainFailure ? toTrpcError(e) : e;
      });
    },
    onError: ({ error, path }) => {
      if (error.code === 'INTERNAL_SERVER_ERROR') log.error({ path, err: error.cause ?? error }, 'a procedure failed');
    },
  });
  /** The body is read here, with the rules of the other surface; tRPC takes its text, or tells why there is none. */
  const callTrpc = async (req: IncomingMessage & { body?: string }, res: ServerResponse): Promise<void> => {
    if (req.method === 'POST')
      req.body = await readText(req, batchLimitBytes).catch((e: unknown) => {
        refusedBodies.set(req, e);
        return '';
      });
    trpc(req, res);
  };
  const isOurs = (host: string | undefined) => isOurHost(host, parts.allowedHosts, parts.anyAddress);
  const rest = createRest(contextOf, report);

  /** Answers the surface a request belongs to, at once; the answer itself may take as long as it wants. */
  function route(req: IncomingMessage, res: ServerResponse, url: URL): [surface: string, done: Promise<unknown>] {
    const path = url.pathname;
    const plain = (status: number, type: string, body: string): [string, Promise<unknown>] => {
      res.writeHead(status, { 'content-type': type }).end(body);
      return ['other', Promise.resolve()];
    };
    if (path.startsWith('/api/v1/')) return ['api', rest(req, res, url)];
    if (path.startsWith('/trpc/')) return ['trpc', callTrpc(req, res)];
    if (path.startsWith('/auth/')) return ['auth', parts.door().handle(req, res, url)];
    if (path.startsWith('/socket.io/')) return ['socket', Promise.resolve()];
    switch (path) {
      case '/healthz':
        return plain(200, 'text/plain', 'ok');
      case '/readyz':
        return ['other', readiness(res)];
      case '/metrics':
        return [
          'other',
          metrics.registry.metrics().then((body) => res.writeHead(200, { 'content-type': metrics.registry.contentType }).end(body)),
        ];
      case '/openapi.json':
        return plain(200, 'application/json', JSON.stringify(openApiDocument(parts.origin(), parts.version)));
      case '/docs':
        shield(res, 'docs');
        return plain(200, 'text/html; charset=utf-8', docsPage(parts.origin()));
    }
    if (!parts.pages) return plain(404, 'text/plain', 'not found');
    shieldPage(req, res, parts.dev);
    return ['page', Promise.resolve(parts.pages.request(req, res))];
  }
  const readiness = (res: ServerResponse) =>
    parts.ready().then(
      () => res.writeHead(200, { 'content-type': 'text/plain' }).end('ready'),
      () => res.writeHead(503, { 'content-type': 'text/plain' }).end('the database is not reachable'),
    );

  // headers and bodies that come a byte at a time are cut off: looked at every few seconds
  const http = createServer({ connectionsCheckingInterval: 2_000, maxHeaderSize: headBytes }, (req, res) => {
    const startedMs = performance.now();
    shield(res);
    let surface = 'other';
    res.once('close', () => metrics.requests.observe({ surface, status: String(res.statusCode) }, (performance.now() - startedMs) / 1000));
    if (!isOurs(req.headers.host)) return void wrongHost(res);
    const raw = req.url ?? '/';
    if (!URL.canParse(raw, 'http://localhost')) return void res.writeHead(400).end();
    try {
      const [of, done] = route(req, res, new URL(raw, 'http://localhost'));
      surface = of;
      done.catch((e: unknown) => sendError(res, e, report));
    } catch (e) {
      sendError(res, e, report);
    }
  });
  refuseWhatIsNoRequest(http, headBytes);
  http.headersTimeout = 10_000;
  http.requestTimeout = 60_000;
  http.keepAliveTimeout = 65_000; // longer than the usual proxy's, so that none meets a closing connection
  http.on('upgrade', (req, socket, head) => {
    if (!isOurs(req.headers.host)) return void socket.destroy();
    if (req.url?.startsWith('/socket.io')) return;
    if (parts.pages?.upgrade) parts.pages.upgrade(req, socket, head);
    else socket.destroy();
  });
  return http;
}
