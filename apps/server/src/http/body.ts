import type { IncomingMessage } from 'node:http';
import { DomainFailure } from '../trpc/failure.ts';

export const bodyLimitBytes = 1_000_000;
export const batchLimitBytes = 5_000_000;

/** Reads a JSON object; `{}` where there is no body. Refuses what is too large before it is all here. */
export async function readJson(req: IncomingMessage, limitBytes: number): Promise<Record<string, unknown>> {
  const tooLarge = new DomainFailure({ code: 'too_large', limitBytes });
  if (Number(req.headers['content-length'] ?? 0) > limitBytes) {
    discard(req);
    throw tooLarge;
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) break;
    chunks.push(chunk);
  }
  if (size > limitBytes) {
    discard(req);
    throw tooLarge;
  }
  if (size === 0) return {};
  const invalid = (message: string) => new DomainFailure({ code: 'invalid_input', issues: [{ path: '', message }] });
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
  } catch {
    throw invalid('the body is not valid JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('the body must be a JSON object');
  return value as Record<string, unknown>;
}

const mostDiscardedBytes = 64_000_000;
/**
 * Reads what a client still sends and drops it, so that it lives to read the 413; one that never ends is cut off.
 * Closing at once would reset the connection under the answer.
 */
function discard(req: IncomingMessage): void {
  let size = 0;
  req.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > mostDiscardedBytes) req.destroy();
  });
  req.resume();
}
