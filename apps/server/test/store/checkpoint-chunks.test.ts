import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assemble, inlineBytes, pack, packAll, type StoredChunk, treeOf, unpack } from '../../src/store/checkpoint-chunks.ts';

/** A number from a text: the same noise at every run. */
const noise = (n: number) => createHash('sha256').update(String(n)).digest('hex');
const message = (i: number) => ({
  role: i % 2 ? 'assistant' : 'user',
  content: `${i} ${noise(i)} ${'lorem ipsum dolor sit amet '.repeat(14)}`,
});
const listOf = (n: number) =>
  Buffer.from(JSON.stringify({ messages: Array.from({ length: n }, (_, i) => message(i)), state: { turn: n } }));
const storedOf = async (bytes: Buffer): Promise<{ links: Buffer; stored: Map<string, StoredChunk> }> => {
  const { links, chunks } = treeOf(bytes);
  const stored = new Map<string, StoredChunk>();
  for (const c of chunks.values())
    stored.set(c.digest, c.bytes ? { packed: pack(c.bytes), links: null } : { packed: null, links: c.links });
  return { links, stored };
};

describe('bodies of checkpoints as chunks', () => {
  it('come back byte for byte, whatever they are made of', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.uint8Array({ maxLength: 4_000 }), fc.constant(new Uint8Array(20_000))), { maxLength: 40 }),
        async (all) => {
          const bytes = Buffer.concat(all);
          const { links, stored } = await storedOf(bytes);
          expect(assemble(links, (d) => stored.get(d))?.equals(bytes)).toBe(true);
        },
      ),
      { numRuns: 60, seed: 3 },
    );
  });
  it('a list that grew shares all but its end, a change in its middle all but its place', () => {
    const before = treeOf(listOf(2_000));
    const leaves = [...before.chunks.values()].filter((c) => c.bytes).length;
    expect(leaves).toBeGreaterThan(60);
    const news = (bytes: Buffer) => [...treeOf(bytes).chunks.keys()].filter((d) => !before.chunks.has(d)).length;
    expect(news(listOf(2_000))).toBe(0);
    expect(news(listOf(2_001))).toBeLessThanOrEqual(6);
    const edited = listOf(2_000).toString().replace('1000 ', '1000 and a word ');
    expect(news(Buffer.from(edited))).toBeLessThanOrEqual(6);
    const shorter = JSON.parse(listOf(2_000).toString());
    shorter.messages.splice(10, 500);
    expect(news(Buffer.from(JSON.stringify(shorter)))).toBeLessThanOrEqual(10);
  });
  it('a thousand checkpoints of a list that grows to a thousand messages take space as the list, not as its square', () => {
    const upTo = (n: number) => {
      const seen = new Map<string, number>();
      let roots = 0;
      for (let i = 1; i <= n; i++) {
        const { links, chunks } = treeOf(listOf(i));
        roots += links.length;
        for (const c of chunks.values()) if (!seen.has(c.digest)) seen.set(c.digest, c.bytes ? pack(c.bytes).length : c.links.length);
      }
      return roots + [...seen.values()].reduce((a, b) => a + b, 0);
    };
    const [half, whole] = [upTo(250), upTo(500)];
    // twice as many of a list twice as long: twice the space, where copies would take four times as much
    expect(whole / half).toBeLessThan(2.6);
  });
  it('a chunk that is missing, was changed or exchanged is noticed', async () => {
    const bytes = listOf(1_500);
    const { links, stored } = await storedOf(bytes);
    const read = (change: Map<string, StoredChunk>) => assemble(links, (d) => change.get(d) ?? stored.get(d));
    expect(read(new Map())?.equals(bytes)).toBe(true);
    const [one, other] = [...stored].filter(([, c]) => c.packed);
    const inner = [...stored].filter(([, c]) => c.links);
    if (!one || !other || inner.length < 2) throw new Error('too small a tree for this test');
    expect(read(new Map([[one[0], other[1]]]))).toBeUndefined();
    expect(read(new Map([[one[0], { packed: pack(Buffer.from('x')), links: null }]]))).toBeUndefined();
    expect(read(new Map([[one[0], { packed: Buffer.from([1, 2, 3]), links: null }]]))).toBeUndefined();
    expect(read(new Map([[one[0], { packed: null, links: null }]]))).toBeUndefined();
    expect(read(new Map([[inner[0]?.[0] as string, inner[1]?.[1] as StoredChunk]]))).toBeUndefined();
    expect(assemble(links, (d) => (d === one[0] ? undefined : stored.get(d)))).toBeUndefined();
    expect(assemble(links.subarray(0, links.length - 1), (d) => stored.get(d))).toBeUndefined();
  });
  it('packs what shrinks, and leaves what does not; reads nothing that it did not write', async () => {
    const text = Buffer.from('lorem ipsum '.repeat(1_000));
    expect(pack(text).length).toBeLessThan(200);
    const random = Buffer.from(noise(1), 'hex');
    expect([...pack(random)]).toEqual([0, ...random]);
    for (const bytes of [text, random, Buffer.alloc(0)]) expect(unpack(pack(bytes))?.equals(bytes)).toBe(true);
    const many = Array.from({ length: 9 }, (_, i) => Buffer.from(message(i).content.repeat(9)));
    expect(await packAll(many)).toEqual(many.map(pack));
    for (const bad of [[], [9, 1], [1, 255, 255]]) expect(unpack(Uint8Array.from(bad)) ?? Buffer.alloc(0)).toHaveLength(0);
    expect(inlineBytes).toBeLessThan(10_000);
  });
});
