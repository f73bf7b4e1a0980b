import { rmSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { containmentOrder } from '../containment/choose.ts';
import type { AuditOptions } from './audit.ts';
import { defaultDataDir } from './credentials.ts';
import type { RunOptions } from './run.ts';

const defaultFailSafeMs = 300_000;
const daemonGraceMs = 3_000;

const positive = (text: string): number => {
  const n = Number(text);
  if (!Number.isFinite(n) || n < 0) throw new InvalidArgumentError('Give a number of milliseconds.');
  return n;
};
const containment = () =>
  new Option('--containment <level>', 'how its processes are held').choices(['auto', ...containmentOrder]).default('auto');
const failSafe = () =>
  new Option('--fail-safe-ms <ms>', 'end everything after this long without the server')
    .env('REEVE_FAIL_SAFE_MS')
    .argParser(positive)
    .default(defaultFailSafeMs);

/** The `reeve` command. Ends the process with the exit code of what it ran. */
export async function main(argv: string[]): Promise<void> {
  const program = new Command('reeve').description('Reeve: supervise agents').enablePositionalOptions();
  program
    .command('run')
    .description('start a command as a supervised agent')
    .argument('<command>', 'what to start; write -- before it')
    .argument('[args...]')
    .option('--parent <id>', 'the agent above it (REEVE_AGENT_ID)')
    .option('--name <name>', 'how it is shown; the name of the command unless told')
    .option('--role <role>')
    .option('--model <model>')
    .option('--budget <usd>', 'what it and its children may spend')
    .option('--url <url>', 'where Reeve listens (REEVE_URL)')
    .option('--token <token>', 'who we are (REEVE_TOKEN; else the file of the local server)')
    .addOption(new Option('--grace-ms <ms>', 'from TERM to KILL on Ctrl-C').argParser(positive).default(5_000))
    .option('-q, --quiet', 'say nothing of our own at the start')
    .addOption(containment())
    .addOption(failSafe())
    .passThroughOptions()
    .action(async (command: string, args: string[], o: RunOptions) => {
      const { runCommand } = await import('./run.ts');
      process.exit(await runCommand(command, args, o));
    });
  const audit = program.command('audit').description('the log of decisions');
  const access = (c: Command) =>
    c
      .option('--url <url>', 'where Reeve listens (REEVE_URL)')
      .option('--token <token>', 'who we are (REEVE_TOKEN; else the file of the local server)');
  access(audit.command('verify'))
    .description('check the whole chain here, and print its tip')
    .option('--expect <n:hash>', 'a tip that was printed before: it must be in it')
    .action(async (o: AuditOptions) => {
      const { verifyAudit } = await import('./audit.ts');
      process.exit(await verifyAudit(o));
    });
  access(audit.command('export'))
    .description('one decision a line, as JSON')
    .action(async (o: AuditOptions) => {
      const { exportAudit } = await import('./audit.ts');
      process.exit(await exportAudit(o));
    });
  program
    .command('runner')
    .description('the local runner of a server; the server starts it')
    .option('--data-dir <dir>', 'of the server', defaultDataDir())
    .addOption(new Option('--grace-ms <ms>', 'from TERM to KILL when it is ended').argParser(positive).default(daemonGraceMs))
    .addOption(containment().env('REEVE_CONTAINMENT'))
    .addOption(failSafe())
    .action(async (o) => {
      const { runDaemon } = await import('../local/daemon.ts');
      process.exit(await runDaemon(o));
    });
  program
    .command('sweep', { hidden: true })
    .description('end what a dead runner left; its keeper starts this')
    .requiredOption('--run-dir <dir>')
    .requiredOption('--instance <name>')
    .option('--remove', 'remove the folder afterwards')
    .action(async (o: { runDir: string; instance: string; remove?: boolean }) => {
      const { cleanUpAfter } = await import('../local/sweep.ts');
      const { survivors } = await cleanUpAfter(o.runDir, (i) => i === o.instance, { reportForMs: defaultFailSafeMs });
      if (o.remove) rmSync(o.runDir, { recursive: true, force: true });
      process.exit(survivors ? 1 : 0);
    });
  await program.parseAsync(argv);
}
