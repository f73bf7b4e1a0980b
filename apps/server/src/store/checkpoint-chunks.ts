import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';

/**
 * A text as a tree of chunks, each named by the digest of its content. Where a chunk ends is decided by its own bytes, so
 * two texts that differ in one place share every chunk but those of that place: a list of messages that grew by a few
 * shares all but its end with the list before, and what is stored for a thousand checkpoints grows with the list, not with
 * its square.
 */
export type Chunk = { digest: string } & ({ bytes: Buffer; links: null } | { bytes: null; links: Buffer });
export type ChunkTree = {
  /** The digests of the topmost chunks, one behind the other. */
  links: Buffer;
  /** Every chunk, once. */
  chunks: Map<string, Chunk>;
};

/** A text of so many bytes is kept whole, without chunks. */
export const inlineBytes = 4_096;
export const digestBytes = 32;
const leaf = { least: 2_048, most: 16_384 };
/** Digests in a chunk of digests, and at the top. */
const node = { least: 4, most: 128 };
const mostAtTop = 16;
/** A reader gives up below this: no text that is allowed is as deep. */
const deepest = 8;

const sha256 = (kind: 'text' | 'links', bytes: Uint8Array): string => createHash('sha256').update(`${kind}\0`).update(bytes).digest('hex');

/** One random number a byte, the same for ever: other numbers would cut the same text elsewhere. */
const gear = Uint32Array.from({ length: 256 }, (_, i) => createHash('sha256').update(`gear ${i}`).digest().readUInt32LE(0));

/** Where the last 32 bytes say so, about every 6 kB. */
function* pieces(bytes: Buffer): Iterable<Buffer> {
  for (let from = 0; from < bytes.length; ) {
    const most = Math.min(from + leaf.most, bytes.length);
    let at = Math.min(from + leaf.least, most);
    for (let hash = 0; at < most; ) {
      hash = ((hash << 1) + (gear[bytes[at++] as number] as number)) | 0;
      if (hash >>> 20 === 0) break;
    }
    yield bytes.subarray(from, at);
    from = at;
  }
}
/** The same for a list of digests: where one of them says so, about every 32. */
function* groups(digests: readonly string[]): Iterable<string[]> {
  let group: string[] = [];
  for (const digest of digests) {
    group.push(digest);
    const ends = group.length >= node.least && Number.parseInt(digest.slice(0, 2), 16) % 32 === 0;
    if (!ends && group.length < node.most) continue;
    yield group;
    group = [];
  }
  if (group.length) yield group;
}

export function treeOf(bytes: Buffer): ChunkTree {
  const chunks = new Map<string, Chunk>();
  let level: string[] = [];
  for (const piece of pieces(bytes)) {
    const digest = sha256('text', piece);
    chunks.set(digest, { digest, bytes: piece, links: null });
    level.push(digest);
  }
  while (level.length > mostAtTop) {
    const above: string[] = [];
    for (const group of groups(level)) {
      const links = Buffer.from(group.join(''), 'hex');
      const digest = sha256('links', links);
      chunks.set(digest, { digest, bytes: null, links });
      above.push(digest);
    }
    level = above;
  }
  return { links: Buffer.from(level.join(''), 'hex'), chunks };
}

/** A chunk as it is stored: its text packed, or its links. */
export type StoredChunk = { packed: Uint8Array | null; links: Uint8Array | null };

/** The bytes behind `links`; undefined where a chunk is missing, cannot be read, or is not what its digest says. */
export function assemble(links: Uint8Array, find: (digest: string) => StoredChunk | undefined): Buffer | undefined {
  const parts: Buffer[] = [];
  return collect(links, find, parts, 0) ? Buffer.concat(parts) : undefined;
}
function collect(links: Uint8Array, find: (digest: string) => StoredChunk | undefined, into: Buffer[], depth: number): boolean {
  const all = Buffer.from(links.buffer, links.byteOffset, links.byteLength).toString('hex');
  if (depth > deepest || all.length % (2 * digestBytes) !== 0) return false;
  for (let at = 0; at < all.length; at += 2 * digestBytes) {
    const digest = all.slice(at, at + 2 * digestBytes);
    const chunk = find(digest);
    if (!chunk) return false;
    if (chunk.links) {
      if (sha256('links', chunk.links) !== digest || !collect(chunk.links, find, into, depth + 1)) return false;
      continue;
    }
    const bytes = chunk.packed ? unpack(chunk.packed) : undefined;
    if (!bytes || sha256('text', bytes) !== digest) return false;
    into.push(bytes);
  }
  return true;
}

/** The first byte says how the rest is written; a later way of packing gets the next number. */
const how = { asItIs: 0, brotli: 1 } as const;
const packing = (size: number) => ({
  params: {
    [constants.BROTLI_PARAM_QUALITY]: 4,
    [constants.BROTLI_PARAM_LGWIN]: 16,
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
    [constants.BROTLI_PARAM_SIZE_HINT]: size,
  },
});
const inBackground = promisify(brotliCompress) as (bytes: Uint8Array, o: ReturnType<typeof packing>) => Promise<Buffer>;
const smaller = (bytes: Buffer, packed: Buffer): Buffer =>
  packed.length < bytes.length ? Buffer.concat([Buffer.of(how.brotli), packed]) : Buffer.concat([Buffer.of(how.asItIs), bytes]);

export const pack = (bytes: Buffer): Buffer => smaller(bytes, brotliCompressSync(bytes, packing(bytes.length)));
/** Many at once, beside the main thread; a few are quicker where they are. */
export async function packAll(many: readonly Buffer[]): Promise<Buffer[]> {
  if (many.length <= 4) return many.map(pack);
  return Promise.all(many.map(async (bytes) => smaller(bytes, await inBackground(bytes, packing(bytes.length)))));
}
/** undefined: it is nothing that `pack` made. */
export function unpack(packed: Uint8Array): Buffer | undefined {
  const rest = packed.subarray(1);
  if (packed[0] === how.asItIs) return Buffer.from(rest);
  if (packed[0] !== how.brotli) return undefined;
  try {
    return brotliDecompressSync(rest);
  } catch {
    return undefined;
  }
}
