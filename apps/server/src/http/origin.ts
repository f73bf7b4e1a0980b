import type { IncomingMessage } from 'node:http';

/** Whether a request that a browser sent came from our own pages; programs send no Origin. */
export function sameOrigin(req: IncomingMessage): boolean {
  const { origin, host } = req.headers;
  return !origin || (URL.canParse(origin) && new URL(origin).host === host);
}
