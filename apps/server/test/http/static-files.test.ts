import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { staticFiles } from '../../src/http/static-files.ts';

const root = mkdtempSync(join(tmpdir(), 'reeve static '));
let server: Server;
let url = '';
beforeAll(async () => {
  mkdirSync(join(root, 'static/chunks'), { recursive: true });
  writeFileSync(join(root, 'static/chunks/a.js'), 'let a = 1;');
  writeFileSync(join(root, 'static/chunks/a.js.gz'), gzipSync('let a = 1;'));
  writeFileSync(join(root, 'secret.js'), 'of the server');
  const request = staticFiles(join(root, 'static'), (req, res) => res.end(`Next: ${req.url}`));
  server = createServer((req, res) => void request(req, res));
  await new Promise<void>((go) => server.listen(0, '127.0.0.1', go));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await new Promise((go) => server.close(go));
  rmSync(root, { recursive: true, force: true });
});

it('sends a built file as the build compressed it, to be kept for ever', async () => {
  const res = await fetch(`${url}/_next/static/chunks/a.js`);
  expect(await res.text()).toBe('let a = 1;');
  expect(res.headers.get('content-encoding')).toBe('gzip');
  expect(res.headers.get('content-type')).toMatch(/javascript/);
  expect(res.headers.get('cache-control')).toBe('public,max-age=31536000,immutable');
  const plain = await fetch(`${url}/_next/static/chunks/a.js`, { headers: { 'accept-encoding': 'identity' } });
  expect([await plain.text(), plain.headers.get('content-encoding')]).toEqual(['let a = 1;', null]);
});
it('leaves to Next what it does not have, at its own address', async () => {
  for (const path of [
    '/agents',
    '/_next/static/chunks/later.js',
    '/_next/data/x',
    '/_next/static/%2e%2e/secret.js',
    '/_next/static/../secret.js',
  ]) {
    // `fetch` would tidy the path up
    const text = await new Promise((resolve) => {
      get({ port: new URL(url).port, path }, (res) => res.setEncoding('utf8').on('data', resolve));
    });
    expect(text).toBe(`Next: ${path}`);
  }
});
