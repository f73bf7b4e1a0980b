// Node built-ins only: this runs before anything is installed.
import { accessSync, constants, mkdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const at = (...path) => join(root, ...path);
/** A program of an installed package; `pkg` is the folder of the one that depends on it. */
export const bin = (name, pkg = '.') => at(pkg, 'node_modules', '.bin', name);

// What says how the registry is reached goes on to pnpm, for there may be no other way; all else does not: `npm start`
// hands its own settings on as npm_config_*, and pnpm would read them as its own.
const KEPT = /^npm_config_(registry|ca|cafile|proxy|https?_proxy|noproxy|strict_ssl)$/i;

/** The environment of every step: without npm's noise, with this Node first in the path, and with a home. */
export const env = Object.fromEntries(
  Object.entries(process.env).filter(([name, value]) => !/^npm_/i.test(name) || (KEPT.test(name) && value !== '')),
);
env.PATH = [dirname(process.execPath), env.PATH].filter(Boolean).join(delimiter);
env.HOME = usableHome();
delete env.NODE_ENV; // each step sets its own; with "production" in it pnpm would leave half of the packages out
env.NEXT_TELEMETRY_DISABLED ??= '1';
env.CHECKPOINT_DISABLE ??= '1'; // prisma's update check
env.PRISMA_HIDE_UPDATE_MESSAGE ??= '1';

/** npm, pnpm and browsers keep their stores at home; where there is none they get one beside the checkout's own files. */
function usableHome() {
  const candidates = [process.env.HOME, process.env.USERPROFILE, homeOfAccount()];
  const found = candidates.find((path) => path && isWritable(path));
  if (found) return found;
  mkdirSync(at('.reeve-home'), { recursive: true });
  return at('.reeve-home');
}

function homeOfAccount() {
  try {
    return userInfo().homedir;
  } catch {
    return undefined; // a user number without an account, as containers have
  }
}

function isWritable(path) {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
