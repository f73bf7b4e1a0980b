/** A process of its own that fires one attack at a steady rate while it is told to; what it sends waits for no answer to the one before. */
import { Agent, request } from 'node:http';
import type { Attack } from './attacks.ts';

export type Order = { url: string; attack: Attack } | 'cease' | 'end';
export type Fired = { sent: number; statuses: Record<string, number> };

/** From another address of the loopback: what a guesser does must not shut out who comes from elsewhere. */
const agent = new Agent({ keepAlive: true, maxSockets: 64, localAddress: '127.0.0.2' });
let timer: NodeJS.Timeout | undefined;
let fired: Fired = { sent: 0, statuses: {} };

function fire(url: string, { method, path, headers, body, base64 }: Attack['shot'], payload: Buffer): void {
  fired.sent += 1;
  const to = new URL(url);
  const count = (status: string) => {
    fired.statuses[status] = (fired.statuses[status] ?? 0) + 1;
  };
  const req = request(
    { host: to.hostname, port: to.port, method, path, agent, headers: { ...headers, 'content-length': String(payload.length) } },
    (res) => {
      count(String(res.statusCode));
      res.resume();
    },
  );
  req.on('error', () => count('cut off'));
  req.end(base64 || body ? payload : undefined);
}

process.on('message', (order: Order) => {
  clearInterval(timer);
  if (order === 'end') process.exit(0);
  if (order === 'cease') return void process.send?.(fired);
  fired = { sent: 0, statuses: {} };
  const { url, attack } = order;
  const payload = Buffer.from(attack.shot.body, attack.shot.base64 ? 'base64' : 'utf8');
  timer = setInterval(() => fire(url, attack.shot, payload), 1_000 / attack.perSecond);
});
