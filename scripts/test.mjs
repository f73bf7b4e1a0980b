// `npm test`: everything that is checked, from lint to browser. Later steps run also when earlier ones have failed, so
// that one run tells all; the last line sums up, and is printed whatever happens.
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, generate, install } from './bootstrap.mjs';
import { ensureBrowser } from './lib/browser.mjs';
import { at, bin, env } from './lib/env.mjs';
import { exclusively } from './lib/exclusively.mjs';
import { endLeftovers } from './lib/leftovers.mjs';
import { run, StepFailed } from './lib/run.mjs';
import { interruptedBy, withSignals } from './lib/signals.mjs';
import { countPlaywright, countVitest, Tally } from './lib/tally.mjs';

const SOURCES = ['packages', 'apps', 'demo', 'prisma', 'e2e', 'bench', 'scripts'];
const tally = new Tally();
// short, for the unix sockets in it; everything that tests write lies here and is swept away at the end
const dir = mkdtempSync(join(tmpdir(), 'rt-'));
chmodSync(dir, 0o711); // as far as other accounts may pass through any folder for temporary files
const runId = randomUUID();
const extraEnv = { TMPDIR: dir, REEVE_TEST_RUN: runId };
// tests choose these for themselves: what stands in the shell is meant for a real server and its data
for (const name of Object.keys(env))
  if (/^(DATABASE_URL|REEVE_(HOST|PORT|DATA_DIR|DEMO|LOG_LEVEL|AGENT_LEASE_MS|INIT_\w+))$/.test(name)) delete env[name];

/** Runs one step; false where it failed, which the last line then counts. */
async function step(work) {
  if (interruptedBy) return false;
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof StepFailed)) console.error(error);
    tally.fail();
    return false;
  }
}

/** Runs a test runner and adds what its report says. */
async function tests(command, args, { name, report, count, ...options }) {
  if (interruptedBy) return;
  const succeeded = await run(command, args, { name, ...options }).then(
    () => true,
    () => false,
  );
  tally.addRun(count(report), succeeded);
  const left = await endLeftovers(`REEVE_TEST_RUN=${runId}`, dir);
  if (left.length === 0) return;
  console.error(`✗ ${name} left processes running:\n${left.map((line) => `    ${line}`).join('\n')}`);
  tally.fail();
}

async function unitTests() {
  const report = join(dir, 'vitest.json');
  await tests(bin('vitest'), ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`], {
    name: 'vitest',
    report,
    count: countVitest,
    extraEnv: { ...extraEnv, REEVE_SIM_RUNS: env.REEVE_SIM_RUNS ?? '20000' },
  });
}

async function browserTests() {
  let browser;
  if (!(await step(async () => (browser = await ensureBrowser())))) return;
  const report = join(dir, 'playwright.json');
  await tests(bin('playwright', 'e2e'), ['test', '--reporter=list,json'], {
    name: 'playwright',
    report,
    count: countPlaywright,
    cwd: at('e2e'),
    extraEnv: {
      ...extraEnv,
      PLAYWRIGHT_JSON_OUTPUT_FILE: report,
      ...(browser ? { E2E_CHROMIUM: browser } : {}),
    },
  });
}

async function everything() {
  const ready = await step(() =>
    exclusively(async () => {
      await install();
      await generate();
    }),
  );
  if (ready) {
    await step(() => run(bin('biome'), ['check', '.'], { name: 'lint' }));
    await step(() => run(bin('depcruise'), ['--config', '.dependency-cruiser.cjs', ...SOURCES], { name: 'boundaries' }));
    await step(() => run(process.execPath, [at('scripts/licences.mjs')], { name: 'licences' }));
    await step(() => run(process.execPath, [at('scripts/typecheck.mjs')], { name: 'types' }));
    await unitTests();
    if (await step(() => exclusively(build))) await browserTests();
  }
}

try {
  await withSignals(() => {}, everything); // an interrupted run, too, sweeps up and sums up
} finally {
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  if (tally.failed === 0 && (interruptedBy || tally.passed === 0)) tally.fail(); // nothing tested is nothing passed
  console.log(`\n${tally}`);
  process.exitCode = tally.failed === 0 ? 0 : 1;
}
