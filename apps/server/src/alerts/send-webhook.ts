import * as http from 'node:http';
import * as https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { DeliveryTry } from '@reeve/core/vocabulary';
import { Webhook } from 'standardwebhooks';
import { AddressRefused, isPublicAddress, publicLookup } from './address-guard.ts';

const timeoutMs = 10_000;

export type Message = { id: string; url: string; secret: string; body: string; allowPrivate: boolean };

/**
 * Sends one message as Standard Webhooks has it: id, time and signature in headers. Never rejects: no answer is an answer too. It
 * follows no redirect and reads nothing of what comes back but the status, so nobody learns from it what stands inside a network.
 */
export async function sendWebhook(m: Message, now: Date, lookup: LookupFunction = publicLookup): Promise<DeliveryTry> {
  const begunMs = performance.now();
  const tried = (status: number | null, error: string | null): DeliveryTry => ({
    at: now.toISOString(),
    status,
    error: error?.slice(0, 300) ?? null,
    ms: Math.round(performance.now() - begunMs),
  });
  try {
    return tried(await post(m, now, lookup), null);
  } catch (e) {
    return tried(null, (e as Error).message || (e as Error).name);
  }
}

function post(m: Message, now: Date, lookup: LookupFunction): Promise<number> {
  const url = new URL(m.url);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // a literal address is never looked up
  if (!m.allowPrivate && isIP(host) && !isPublicAddress(host)) return Promise.reject(new AddressRefused(host));
  if (!m.allowPrivate && url.protocol !== 'https:') return Promise.reject(new Error('is not https'));
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(m.body),
    'user-agent': 'reeve-webhooks',
    'webhook-id': m.id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': new Webhook(m.secret).sign(m.id, now, m.body),
  };
  return new Promise((resolve, reject) => {
    const { request } = url.protocol === 'https:' ? https : http;
    const req = request(
      url,
      // a connection of its own: one that is kept could have been opened for another webhook
      { method: 'POST', agent: false, headers, signal: AbortSignal.timeout(timeoutMs), ...(!m.allowPrivate && { lookup }) },
      (res) => {
        res.destroy();
        resolve(res.statusCode ?? 0);
      },
    );
    req.on('error', (e) =>
      reject(e.name === 'AbortError' || e.name === 'TimeoutError' ? new Error(`no answer within ${timeoutMs / 1000} s`) : e),
    );
    req.end(m.body);
  });
}
