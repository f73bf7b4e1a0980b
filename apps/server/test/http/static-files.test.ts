import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { StaticFiles } from '../../src/http/static-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'reeve static '));
const script = `console.log(${JSON.stringify('x'.repeat(5_000))})`;
mkdirSync(join(folder, 'static/chunks'), { recursive: true });
writeFileSync(join(folder, 'static/chunks/a-1~b_.js'), script);
writeFileSync(join(folder, 'secret.js'), 'secret');
const files = new StaticFiles(join(folder, 'static'));
const server = createServer((req, res) => {
  void files.serve(req, res).then((answered) => answered || res.writeHead(404).end('next'));
});
let origin = '';
beforeAll(async () => {
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});
const get = (path: string, init?: RequestInit) => fetch(`${origin}${path}`, init);

test('a built file is served for ever, and compressed for who asks later', async () => {
  const first = await get('/_next/static/chunks/a-1~b_.js?v=1');
  expect([first.status, first.headers.get('content-type')]).toEqual([200, 'text/javascript; charset=utf-8']);
  expect(first.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect(await first.text()).toBe(script);
  await expect
    .poll(async () => (await get('/_next/static/chunks/a-1~b_.js')).headers.get('content-encoding'), { timeout: 5_000 })
    .toBe('gzip');
  expect(await (await get('/_next/static/chunks/a-1~b_.js')).text()).toBe(script);
  const plain = await get('/_next/static/chunks/a-1~b_.js', { headers: { 'accept-encoding': 'identity' } });
  expect(plain.headers.get('content-encoding')).toBeNull();
  const head = await get('/_next/static/chunks/a-1~b_.js', { method: 'HEAD', headers: { 'accept-encoding': 'identity' } });
  expect([head.headers.get('content-length'), await head.text()]).toEqual([String(script.length), '']);
});

test('everything else is left to Next: other paths, unknown files, other methods, ways out of the folder', async () => {
  for (const path of [
    '/agents',
    '/_next/static/chunks/none.js',
    '/_next/static/chunks',
    '/_next/static/../secret.js',
    '/_next/static/..%2fsecret.js',
    '/_next/static/%2e%2e/secret.js',
    '/_next/static/chunks/..//../../secret.js',
    '/_next/static//etc/passwd.js',
  ])
    expect([path, (await get(path)).status]).toEqual([path, 404]);
  expect((await get('/_next/static/chunks/a-1~b_.js', { method: 'POST' })).status).toBe(404);
});
