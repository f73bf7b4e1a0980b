// Node built-ins only: this runs before anything is installed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { at, root } from './env.mjs';

const stampOf = (name) => at('node_modules', '.stamps', name);

/**
 * Does a step only when the content of its inputs has changed since it last succeeded, or its output is gone.
 * Contents and not dates: a checkout, a copy or a branch there and back changes every date and nothing else.
 */
export async function once(name, { inputs, output, unless }, step) {
  const startedMs = performance.now();
  const want = hashOf(inputs, unless);
  if (existsSync(at(output)) && readOr(stampOf(name)) === want) {
    console.log(`✓ ${name} (nothing changed, ${Math.round(performance.now() - startedMs)} ms)`);
    return;
  }
  rmSync(stampOf(name), { force: true });
  await step();
  mkdirSync(dirname(stampOf(name)), { recursive: true });
  writeFileSync(stampOf(name), want); // of what was there before the step: what changed meanwhile counts as new
}

// folders whose names begin with a dot are always somebody's output: other builds of Next, caches
const SKIPPED = /^(node_modules|generated|test-results|playwright-report|coverage|next-env\.d\.ts|.*\.tsbuildinfo)$/;

function hashOf(inputs, unless) {
  const hash = createHash('sha256').update(`${process.version} ${process.platform} ${process.arch}`);
  for (const input of inputs) {
    for (const file of filesBelow(at(input))) {
      if (unless?.test(file)) continue;
      hash.update(`\0${file.slice(root.length)}\0`).update(readFileSync(file));
    }
  }
  return hash.digest('hex');
}

function filesBelow(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return [];
  if (!stat.isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => !SKIPPED.test(entry.name) && !(entry.isDirectory() && entry.name.startsWith('.')))
    .map((entry) => entry.name)
    .sort()
    .flatMap((name) => filesBelow(join(path, name)));
}

function readOr(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
