// Node built-ins only: this runs before anything is installed.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { at } from './env.mjs';

/** The folders of the workspace's packages, as pnpm-workspace.yaml lists them. */
export function packages() {
  const yaml = readFileSync(at('pnpm-workspace.yaml'), 'utf8');
  const list = /^packages:\n((?:[ \t]+-.*\n)+)/m.exec(yaml)?.[1] ?? '';
  return list
    .split('\n')
    .map((line) =>
      line
        .replace(/^\s*-\s*/, '')
        .replace(/['"]/g, '')
        .trim(),
    )
    .filter(Boolean)
    .flatMap((glob) => (glob.endsWith('/*') ? folders(glob.slice(0, -2)) : [glob]))
    .filter((path) => existsSync(at(path, 'package.json')));
}

const folders = (parent) =>
  readdirSync(at(parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${parent}/${entry.name}`)
    .sort();
