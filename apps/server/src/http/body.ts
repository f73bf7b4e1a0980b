import type { IncomingMessage } from 'node:http';
import { DomainFailure } from '../trpc/failure.ts';
import { isNestedDeeper, mostNested } from '../trpc/nesting.ts';

export const bodyLimitBytes = 1_000_000;
export const batchLimitBytes = 5_000_000;

const invalid = (message: string) => new DomainFailure({ code: 'invalid_input', issues: [{ path: '', message }] });

/** Reads the text of a JSON body; empty where there is none. Refuses what is too large before it is all here, and what is nested too deep before it is JSON. */
export async function readText(req: IncomingMessage, limitBytes: number): Promise<string> {
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
  const bytes = Buffer.concat(chunks);
  if (isNestedDeeper(bytes, mostNested)) throw invalid(`is nested deeper than ${mostNested}`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalid('the body is not valid JSON');
  }
}

/** Reads a JSON object; `{}` where there is no body. */
export async function readJson(req: IncomingMessage, limitBytes: number): Promise<Record<string, unknown>> {
  const text = await readText(req, limitBytes);
  if (text === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
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
