import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

export type Line = { what: string; value: string; target?: string; met?: boolean };

/** Prints a table, and keeps the figures in `bench/results/<name>.json` (not in git) for whoever writes them down. */
export function report(name: string, lines: readonly Line[], figures: object): void {
  const widths = [0, 1, 2].map((i) => Math.max(...lines.map((l) => [l.what, l.value, l.target ?? ''][i]?.length ?? 0)));
  for (const l of lines) {
    const verdict = l.met === undefined ? '' : l.met ? 'met' : 'MISSED';
    process.stdout.write(
      `${l.what.padEnd(widths[0] as number)}  ${l.value.padStart(widths[1] as number)}  ${(l.target ?? '').padEnd(widths[2] as number)}  ${verdict}\n`.trimEnd(),
    );
    process.stdout.write('\n');
  }
  const folder = fileURLToPath(new URL('../results', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const file = `${folder}/${name}.json`;
  writeFileSync(file, `${JSON.stringify({ at: new Date().toISOString(), machine: machine(), ...figures }, null, 2)}\n`);
  process.stdout.write(`\nWritten to ${file}\n`);
}
export const machine = () => ({
  cores: cpus().length,
  cpu: cpus()[0]?.model ?? 'unknown',
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
});
