import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';

/** Removes a folder with all that is in it, whatever rights a test has left there; links are not followed. */
export function removeFolder(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    if (existsSync(path)) execFileSync('chmod', ['-R', 'u+rwX', '--', path], { stdio: 'ignore' });
    rmSync(path, { recursive: true, force: true });
  }
}
