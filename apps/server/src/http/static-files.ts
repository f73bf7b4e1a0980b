import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const types: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.png': 'image/png',
};
type File = { type: string; plain: Buffer; zipped?: Buffer };
const prefix = '/_next/static/';
const compress = promisify(gzip);

/**
 * The dashboard's built files from memory. Their names carry a hash, so they never change, and a browser asks for each
 * once; Next's own handler takes milliseconds for each of the twenty that a page needs, while its data waits behind
 * them. Compressed once, for the second who asks: the first should not wait for it.
 */
export class StaticFiles {
  private readonly files = new Map<string, Promise<File | undefined>>();
  constructor(private readonly folder: string) {}

  /** Whether it answered; what it does not know is Next's to answer. */
  async serve(req: IncomingMessage, res: ServerResponse): Promise<boolean> {
    const [path = ''] = (req.url ?? '').split('?');
    if ((req.method !== 'GET' && req.method !== 'HEAD') || !path.startsWith(prefix)) return false;
    const name = path.slice(prefix.length);
    const type = types[extname(name)];
    // plain names alone: nothing that could lead out of the folder
    if (!type || !/^[\w~-][\w.~-]*(\/[\w~-][\w.~-]*)*$/.test(name)) return false;
    const file = await this.read(name, type);
    if (!file) return false;
    const zipped = /\bgzip\b/.test(String(req.headers['accept-encoding'] ?? '')) ? file.zipped : undefined;
    const body = zipped ?? file.plain;
    res.writeHead(200, {
      'content-type': file.type,
      'content-length': body.length,
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'accept-encoding',
      ...(zipped && { 'content-encoding': 'gzip' }),
    });
    res.end(req.method === 'HEAD' ? undefined : body);
    return true;
  }

  private read(name: string, type: string): Promise<File | undefined> {
    const known = this.files.get(name);
    if (known) return known;
    const file = readFile(join(this.folder, name)).then(
      (plain): File => {
        const read: File = { type, plain };
        if (plain.length > 1_000 && !/^(image\/png|font)/.test(type))
          void compress(plain).then(
            (zipped) => {
              read.zipped = zipped;
            },
            () => undefined,
          );
        return read;
      },
      () => {
        // a name that is not there may come with the next build, and must not fill the memory
        this.files.delete(name);
        return undefined;
      },
    );
    this.files.set(name, file);
    return file;
  }
}
