/**
 * Carries out one order and dies by SIGKILL at its n-th step: before, amid or after a call of git, and before each
 * file that is put in place. Called by the crash tests; `0` counts the steps instead.
 */
import childProcess, { type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const [orderFile = '', dataDir = '', stepsFile = '', at = '0'] = process.argv.slice(2);
let step = 0;
const arrive = (what: string, child?: ChildProcess): void => {
  step += 1;
  if (at === '0') fs.appendFileSync(stepsFile, `${what}\n`);
  else if (step === Number(at)) {
    // Whoever looks at what is left waits for the git that was under way.
    fs.writeFileSync(stepsFile, String(child?.pid ?? ''));
    process.kill(process.pid, 'SIGKILL');
  }
};
const { spawn } = childProcess;
const { renameSync } = fs;
Object.assign(childProcess, {
  spawn: (file: string, args: string[], options: object) => {
    if (file !== 'git') return spawn(file, args, options);
    const what = args.filter((a) => !/^-|=/.test(a))[0] ?? '';
    arrive(`before git ${what}`);
    const child = spawn(file, args, options);
    arrive(`amid git ${what}`, child);
    child.once('exit', () => arrive(`after git ${what}`));
    return child;
  },
});
Object.assign(fs, {
  renameSync: (from: string, to: string) => {
    arrive('before a file is put in place');
    renameSync(from, to);
  },
});
syncBuiltinESMExports();
const { executeChangeOrder } = await import('./index.ts');
await executeChangeOrder(JSON.parse(fs.readFileSync(orderFile, 'utf8')), {
  dataDir,
  report: () => {},
  signal: new AbortController().signal,
});
