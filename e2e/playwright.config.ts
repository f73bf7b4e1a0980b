import { readdirSync } from 'node:fs';
import { defineConfig } from '@playwright/test';
import { findBrowser, quietArgs } from './support/browser.ts';

const executablePath = findBrowser();
if (executablePath === null) throw new Error('no browser: run `npm test`, which fetches one, or `apt-get install chromium`');

const specs = readdirSync(new URL('specs', import.meta.url)).filter((name) => name.endsWith('.e2e.ts'));

/** Each spec starts the server it needs (support/server.ts): real PostgreSQL, real runner, real processes. */
export default defineConfig({
  testDir: 'specs',
  // a project for each file, since a worker, and so its server, goes from file to file within a project
  projects: specs.map((name) => ({ name: name.replace('.e2e.ts', ''), testMatch: name })),
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 40_000 },
  forbidOnly: !!process.env.CI,
  reporter: [['list']],
  outputDir: 'test-results',
  use: {
    viewport: { width: 1440, height: 900 },
    launchOptions: { executablePath, args: executablePath ? quietArgs : [] },
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
});
