// What the crash tests kill: a server reduced to its lock and its database.
//   server-child.ts <data-dir> [write]   write: insert 1, 2, 3, …, printing each number once it is committed
import { ensureDatabase, withClient } from '../../src/database/connect.ts';
import { openDataDir } from '../../src/database/data-dir.ts';
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.ts';

const [, , dir = '', mode] = process.argv;
const log = { info() {}, warn: report, error: report };
function report(fields: object, message: string): void {
  process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
}

const dataDir = await openDataDir(dir).catch((error) => {
  process.stderr.write(`${error.name}: ${error.message}\n`);
  process.exit(3);
});
await dataDir.setUrl('http://127.0.0.1:7717');
const postgres = await startEmbeddedPostgres({ dir: dataDir.pgDir, log });

let stopping = false;
process.once('SIGTERM', async () => {
  stopping = true;
  await postgres.stop();
  await dataDir.release();
  process.exit(0);
});
setInterval(() => {}, 60_000); // lives until it is told otherwise

await ensureDatabase(postgres.url);
process.stdout.write(`${JSON.stringify({ postmaster: postgres.pid, url: postgres.url, adopted: postgres.adopted })}\n`);
if (mode === 'write') await write();

async function write(): Promise<void> {
  let n = 0;
  while (!stopping) {
    try {
      await withClient(postgres.url, async (client) => {
        await client.query('CREATE TABLE IF NOT EXISTS written (n int PRIMARY KEY)');
        n = (await client.query('SELECT coalesce(max(n), 0) AS n FROM written')).rows[0].n;
        for (;;) {
          await client.query('INSERT INTO written VALUES ($1)', [n + 1]);
          n += 1;
          process.stdout.write(`${n}\n`);
        }
      });
    } catch {
      // the database went away: connect again until it is back
    }
  }
}
