import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';

/** Why a command cannot be started, in a sentence; undefined when it can. Looks where the system would look. */
export function whyNotStartable(command: string, cwd: string, env: NodeJS.ProcessEnv): string | undefined {
  try {
    if (!statSync(cwd).isDirectory()) return `The working folder ${cwd} is not a folder.`;
  } catch {
    return `The working folder ${cwd} does not exist.`;
  }
  if (process.platform === 'win32') return undefined;
  const candidates = command.includes('/')
    ? [isAbsolute(command) ? command : resolve(cwd, command)]
    : (env.PATH ?? '/usr/bin:/bin').split(delimiter).map((dir) => join(dir || '.', command));
  return candidates.some(isExecutable) ? undefined : `The command ${command} was not found${command.includes('/') ? '' : ' in PATH'}.`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
