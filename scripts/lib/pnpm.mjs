import { readFileSync } from 'node:fs';
import { at } from './env.mjs';

/** The command line of the pnpm that package.json names, whether it is installed or not. */
export function pnpm(...args) {
  const { packageManager } = JSON.parse(readFileSync(at('package.json'), 'utf8'));
  return ['npx', ['--yes', packageManager.split('+')[0], ...args]];
}
