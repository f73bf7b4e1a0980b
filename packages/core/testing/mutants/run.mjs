// `pnpm mutants [part of a name or a promise]`: every naive bug in turn is put into the core, in memory, and the proof that is
// named for it must fail within 1,000 runs. Ends with 1 where one survives, or where the proofs fail without any bug.
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { createVitest } from 'vitest/node';
import { mutants as all, withBug } from './index.ts';

const core = join(dirname(fileURLToPath(import.meta.url)), '../..');
const maxRuns = '1000';
const wanted = process.argv.slice(2);
const mutants = all.filter((m) => wanted.every((w) => `${m.breaks} ${m.name}`.includes(w)));

/** The mutant whose bug is in the code now. */
let current;
/** Files of it that the tests really loaded. */
let loaded = new Set();

const bugs = {
  name: 'naive-bugs',
  enforce: 'pre',
  transform(code, id) {
    const file = relative(join(core, 'src'), id.split('?')[0]);
    const edits = current?.edits.filter((e) => e.file === file) ?? [];
    if (edits.length === 0) return undefined;
    loaded.add(file);
    return { code: edits.reduce(withBug, code), map: null };
  },
};

const stale = mutants.filter(({ name, edits }) => {
  try {
    for (const file of new Set(edits.map((e) => e.file)))
      edits.filter((e) => e.file === file).reduce(withBug, readFileSync(join(core, 'src', file), 'utf8'));
    return false;
  } catch (error) {
    console.error(`✗ ${name}: ${error.message}`);
    return true;
  }
});
if (mutants.length === 0) console.error(`✗ no mutant is about ${wanted.join(' and ')}`);
if (stale.length || mutants.length === 0) process.exit(1);

const vitest = await createVitest(
  'test',
  {
    root: core,
    config: false,
    watch: false,
    pool: 'threads',
    bail: 1,
    reporters: [{}],
    include: ['{src,testing}/**/*.test.ts', 'testing/mutants/*.proof.ts'],
    setupFiles: [join(core, 'testing/fixed-seed.ts')],
    testTimeout: 600_000, // a machine that is busy with something else is no bug
    env: { REEVE_PROPERTY_RUNS: maxRuns, REEVE_SIM_RUNS: maxRuns, REEVE_HISTORY_RUNS: maxRuns },
  },
  { plugins: [bugs], logLevel: 'silent' },
);

/** Runs specs with the code as it is now; answers the tests that failed, and what failed outside of them. */
async function run(files, test) {
  for (const project of vitest.projects) {
    project.config.testNamePattern = test ? new RegExp(escaped(test)) : undefined;
    for (const { moduleGraph } of Object.values(project.vite.environments)) moduleGraph.invalidateAll();
  }
  vitest.state.filesMap.clear();
  vitest.state.errorsSet.clear();
  const from = performance.now();
  await vitest.start(files.map((f) => join(core, f)));
  const modules = vitest.state.getTestModules();
  const tests = modules.flatMap((m) => [...m.children.allTests()]);
  const outside = [...modules.flatMap((m) => m.errors()), ...vitest.state.getUnhandledErrors()].map((e) => e.message);
  return {
    ran: tests.filter((t) => t.result().state === 'passed' || t.result().state === 'failed').length,
    failed: tests.filter((t) => t.result().state === 'failed'),
    outside,
    ms: Math.round(performance.now() - from),
  };
}
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
/** After how many runs a property or a simulation failed; an example needs one. */
const runsOf = (message) => Number(/failed after (\d+) (?:tests?|runs?)/.exec(message)?.[1] ?? 1);

const from = performance.now();
const sound = await run([...new Set(mutants.map((m) => m.caughtBy.file))]);
const troubles = [
  ...sound.failed.map((t) => `${t.module.relativeModuleId} › ${t.fullName}: ${t.result().errors?.[0]?.message}`),
  ...sound.outside,
];
for (const t of troubles) console.error(`✗ fails without any bug: ${t}`);
if (sound.ran === 0) troubles.push('no proof ran');

let caught = 0;
const rows = [['mutant', 'breaks', 'caught by', 'runs', 'ms']];
for (const mutant of troubles.length ? [] : mutants) {
  current = mutant;
  loaded = new Set();
  const { ran, failed, outside, ms } = await run([mutant.caughtBy.file], mutant.caughtBy.test);
  const spec = mutant.caughtBy.file.replace(/^.*\//, '').replace(/\.(test|proof)\.ts$/, '');
  const unused = mutant.edits.filter((e) => !loaded.has(e.file)).map((e) => e.file);
  const trouble =
    outside[0] ??
    (unused.length ? `${mutant.caughtBy.file} does not load ${unused}` : undefined) ??
    (ran === 0 ? `no test of ${mutant.caughtBy.file} ran` : undefined) ??
    (failed.length === 0 ? 'SURVIVES' : undefined);
  if (trouble) troubles.push(`${mutant.name}: ${trouble}`);
  else caught += 1;
  const message = failed[0]?.result().errors?.[0]?.message ?? '';
  rows.push([mutant.name, mutant.breaks, trouble ?? `${spec}: ${failed[0].name}`, trouble ? '' : String(runsOf(message)), String(ms)]);
  if (process.env.REEVE_MUTANTS_VERBOSE) console.error(rows.at(-1).join(' | '));
}
await vitest.close();

const cut = (text, width) => (text.length > width ? `${text.slice(0, width - 1)}…` : text);
const table = rows.map(([name, breaks, by, runs, ms]) => [cut(name, 72), breaks, cut(by, 72), runs, ms]);
const widths = table[0].map((_, i) => Math.max(...table.map((r) => r[i].length)));
for (const r of table) console.log(r.map((cell, i) => (i < 3 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '));
const seconds = Math.round((performance.now() - from) / 1000);
for (const t of troubles) console.error(`✗ ${t}`);
console.log(`${caught} of ${mutants.length} mutants caught in ${seconds} s`);
process.exit(troubles.length ? 1 : 0);
