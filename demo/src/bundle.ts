import { mkdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The little of esbuild that is used here; it comes with tsx and has no types of its own in this workspace. */
type Esbuild = { build(options: Record<string, unknown>): Promise<unknown> };

/**
 * Makes one file of the agents' program. Measured for one agent on Node 20: through tsx 0.4 s of CPU and 110 MB
 * before its first line, bundled 0.1 s and 51 MB; with 15 agents and more that decides whether two cores stay calm.
 * Making it takes 0.2 s.
 */
export async function bundleAgent(target: string, esbuildPath: string): Promise<void> {
  const esbuild = createRequire(import.meta.url)(esbuildPath) as Esbuild;
  await mkdir(dirname(target), { recursive: true });
  const draft = `${target}.${process.pid}.new`;
  try {
    await esbuild.build({
      entryPoints: [fileURLToPath(new URL('./main.ts', import.meta.url))],
      outfile: draft,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      legalComments: 'none',
      logLevel: 'error',
      // Some dependencies are CommonJS and ask for built-in modules by `require`.
      banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
    });
    // Agents of an earlier start may be reading the old file.
    await rename(draft, target);
  } finally {
    await rm(draft, { force: true });
  }
}
