import type { IncomingMessage } from 'node:http';

/**
 * Whether a request that a browser sent came from our own pages; programs send neither header. A page of another site can ask
 * for a GET without an Origin (an image, a link), so the browser's own word on where it came from counts too.
 */
export function sameOrigin(req: IncomingMessage): boolean {
  const { origin, host, 'sec-fetch-site': site } = req.headers;
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  return !origin || (URL.canParse(origin) && new URL(origin).host === host);
}
