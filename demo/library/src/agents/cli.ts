import { parseCsv } from '../tools/csv.ts';
import { diffStat } from '../tools/diff-stat.ts';
import { summariseTap } from '../tools/tap-summary.ts';

/** Tools an agent runs from a shell: text in on stdin, JSON out on stdout. */
const tools: Record<string, (text: string) => unknown> = {
  'tap-summary': summariseTap,
  'diff-stat': diffStat,
  csv: parseCsv,
};

const tool = tools[process.argv[2] ?? ''];
if (!tool) {
  console.error(`usage: cli.ts ${Object.keys(tools).join('|')} < input`);
  process.exit(2);
}
const chunks: Buffer[] = [];
for await (const part of process.stdin) chunks.push(part as Buffer);
console.log(JSON.stringify(tool(Buffer.concat(chunks).toString('utf8'))));
