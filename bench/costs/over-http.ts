import { Agent, request } from 'node:http';
import { ReeveServer } from '../../e2e/support/server.ts';
import { closedLoop, type Throughput } from '../lib/closed-loop.ts';

/** Batches of 1,000 over HTTP on one connection that is kept, one after another, against a server of its own. */
export async function overHttp(forMs: number): Promise<Throughput> {
  const server = await ReeveServer.start({ REEVE_DEMO: '0', REEVE_RUNNER: '0', REEVE_WEB: '0' });
  const connection = new Agent({ keepAlive: true, maxSockets: 1 });
  const post = (path: string, body: unknown): Promise<{ [field: string]: unknown }> =>
    new Promise((resolve, reject) => {
      const text = JSON.stringify(body);
      const headers = {
        authorization: `Bearer ${server.token}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      };
      const req = request(`${server.url}/api/v1${path}`, { method: 'POST', agent: connection, headers }, (res) => {
        let got = '';
        res.setEncoding('utf8').on('data', (d: string) => (got += d));
        res.on('end', () => ((res.statusCode ?? 500) < 300 ? resolve(JSON.parse(got)) : reject(new Error(`${res.statusCode}: ${got}`))));
      });
      req.on('error', reject).end(text);
    });
  try {
    const ids: string[] = [];
    let parentId: string | undefined;
    for (let i = 0; i < 40; i++) {
      const { agentId } = await post('/agents', { name: `spender ${i}`, parentId: i % 8 ? parentId : undefined });
      ids.push(agentId as string);
      parentId = agentId as string;
    }
    let made = 0;
    const batch = () => ({
      events: Array.from({ length: 1_000 }, () => ({
        eventId: `http-${made++}`,
        agentId: ids[made % ids.length],
        model: 'claude-haiku-4-5',
        provider: 'anthropic',
        inputTokens: 2_000,
        outputTokens: 150,
      })),
    });
    const call = async () => {
      const { accepted } = await post('/costs', batch());
      if (accepted !== 1_000) throw new Error(`${accepted} of 1,000 were accepted`);
    };
    return await closedLoop(1, forMs, 1_000, call);
  } finally {
    connection.destroy();
    await server.remove();
  }
}
