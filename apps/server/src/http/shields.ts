import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIP } from 'node:net';

/** What every answer says, whatever it is: nothing of ours is framed, sniffed, or told to others. */
const always: Record<string, string> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};
/** Answers that are no pages load nothing and run nothing, should a browser ever take one for a page. */
const inert = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
const docs = `${inert}; style-src 'unsafe-inline'`;

/**
 * The pages run what carries this answer's nonce, and what that loads; styles may stand in attributes, since the tree places its nodes with
 * them. `next dev` compiles with eval.
 */
const ofPages = (nonce: string, dev: boolean): string =>
  [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${dev ? " 'unsafe-eval'" : ''}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');

export function shield(res: ServerResponse, kind: 'data' | 'docs' = 'data'): void {
  for (const [name, value] of Object.entries(always)) res.setHeader(name, value);
  res.setHeader('content-security-policy', kind === 'docs' ? docs : inert);
}
/** For a page: Next reads the nonce from the policy in the request, and puts it on its own scripts. What a client sends there is replaced. */
export function shieldPage(req: IncomingMessage, res: ServerResponse, dev: boolean): void {
  const nonce = randomBytes(16).toString('base64');
  const policy = ofPages(nonce, dev);
  req.headers['content-security-policy'] = policy;
  req.headers['x-nonce'] = nonce;
  res.setHeader('content-security-policy', policy);
}

const loopback = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;
/** An address in numbers, with a port or without. */
const isAddress = (host: string): boolean => isIP(host.replace(/:\d{1,5}$/, '').replace(/^\[(.*)\]$/, '$1')) !== 0;
/**
 * Whether a request was meant for us. A page of another site can point its own name at 127.0.0.1 (DNS rebinding), and then its
 * origin is "ours"; its name gives it away. `allowed` are the names under which a proxy serves us (`REEVE_ALLOWED_HOSTS`).
 */
export function isOurHost(host: string | undefined, allowed: readonly string[], anyAddress = false): boolean {
  if (host === undefined) return false;
  if (anyAddress && isAddress(host)) return true;
  return loopback.test(host) || allowed.includes(host.toLowerCase());
}
