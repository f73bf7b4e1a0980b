// Node built-ins only; Playwright is asked where it has been installed by then.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { at, bin } from './env.mjs';
import { run } from './run.mjs';

const SYSTEM = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/**
 * Makes sure of a browser for the end-to-end tests. Returns the path of one to use, undefined for Playwright's own.
 * Debian's is preferred for fetching, where we may: it brings its libraries and comes from a mirror that is there.
 */
export async function ensureBrowser() {
  const { found, path } = findBrowser();
  if (found) return path;
  if (existsSync('/usr/bin/apt-get') && process.getuid?.() === 0) {
    const extraEnv = { DEBIAN_FRONTEND: 'noninteractive' };
    await run('apt-get', ['update', '-qq'], { extraEnv });
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-liberation'], { extraEnv });
  } else {
    await run(bin('playwright', 'e2e'), ['install', 'chromium'], { name: 'playwright install chromium' });
  }
  const now = findBrowser();
  if (now.found) return now.path;
  throw new Error('no browser was found and none could be installed');
}

function findBrowser() {
  if (process.env.E2E_CHROMIUM) return { found: true, path: process.env.E2E_CHROMIUM };
  const { chromium } = createRequire(at('e2e/package.json'))('@playwright/test');
  if (existsSync(chromium.executablePath())) return { found: true, path: undefined };
  const path = SYSTEM.find((candidate) => existsSync(candidate));
  return { found: path !== undefined, path };
}
