// Node built-ins only; Playwright is asked where it has been installed by then.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { at, bin } from './env.mjs';
import { run, StepFailed } from './run.mjs';

const SYSTEM = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/**
 * Makes sure of a browser for the end-to-end tests. Returns the path of one to use, undefined for Playwright's own.
 * On Debian root gets the distribution's: it brings its libraries and fonts, and comes from a mirror that is there.
 * (Ubuntu's package of that name is a stub that wants snap.)
 */
export async function ensureBrowser() {
  const before = findBrowser();
  if (before.found) return before.path;
  const isRoot = process.getuid?.() === 0;
  if (!(isRoot && isDebian() && (await installFromDebian()))) {
    const args = ['install', ...(isRoot ? ['--with-deps'] : []), 'chromium'];
    await run(bin('playwright', 'e2e'), args, { name: `playwright ${args.join(' ')}` });
  }
  const after = findBrowser();
  if (after.found) return after.path;
  throw new Error('no browser was found and none could be installed: set E2E_CHROMIUM to the path of one');
}

async function installFromDebian() {
  const extraEnv = { DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await run('apt-get', ['update', '-qq'], { extraEnv });
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-liberation'], { extraEnv });
    return true;
  } catch (error) {
    if (error instanceof StepFailed) return false;
    throw error;
  }
}

function isDebian() {
  try {
    return /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

function findBrowser() {
  if (process.env.E2E_CHROMIUM) return { found: true, path: process.env.E2E_CHROMIUM };
  const { chromium } = createRequire(at('e2e/package.json'))('@playwright/test');
  if (existsSync(chromium.executablePath())) return { found: true, path: undefined };
  const path = SYSTEM.find((candidate) => existsSync(candidate));
  return { found: path !== undefined, path };
}
