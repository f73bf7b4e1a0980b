import { defineConfig } from '@playwright/test';
import { findBrowser, quietArgs } from './support/browser.ts';

const executablePath = findBrowser();
if (executablePath === null) throw new Error('no browser: run `npm test`, which fetches one, or `apt-get install chromium`');

/** Each spec starts the server it needs (support/server.ts): real PostgreSQL, real runner, real processes. */
export default defineConfig({
  testDir: 'specs',
  testMatch: '*.e2e.ts',
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 20_000 },
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
