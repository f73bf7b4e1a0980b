import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Where the machine's copies of tsx and TypeScript are. The sample repository has no dependencies of its own, so that
 * its suite runs without a network, and in a fresh checkout without `node_modules`.
 */
const require = createRequire(import.meta.url);
const folderOf = (name: string) => dirname(require.resolve(`${name}/package.json`));

export type Toolchain = {
  /** For `node --import`. */
  tsxUrl: string;
  tscPath: string;
  /** The folder of `@types`. */
  typeRoot: string;
  esbuildPath: string;
};

export function toolchain(): Toolchain {
  const tsx = folderOf('tsx');
  return {
    tsxUrl: pathToFileURL(join(tsx, 'dist', 'esm', 'index.mjs')).href,
    tscPath: join(folderOf('typescript'), 'bin', 'tsc'),
    typeRoot: dirname(folderOf('@types/node')),
    // Not a dependency of the demo: tsx brings it.
    esbuildPath: createRequire(join(tsx, 'package.json')).resolve('esbuild'),
  };
}

/** One argument for `sh`, whatever characters are in it. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** The gates of the sample repository, as commands that need nothing from their environment. */
export function gateCommands(tools: Toolchain = toolchain()): { test: string; typecheck: string } {
  const node = quoted(process.execPath);
  return {
    test: `${node} --import ${quoted(tools.tsxUrl)} --test-reporter=tap run-tests.mjs`,
    typecheck: `${node} ${quoted(tools.tscPath)} -p . --typeRoots ${quoted(tools.typeRoot)}`,
  };
}
