import { matchesGlob } from './glob.ts';
import { isTestPath } from './test-paths.ts';

/** A line of the owner's layers: the paths that the glob `pattern` matches are of `layer`, 1 (core reasoning) to 4 (tools). */
export type LayerRule = { pattern: string; layer: number };

/**
 * What the layers are called; 1 is never changed by an agent.
 *
 * Use it where a person reads of a layer.
 *
 * @example
 * layerNames[1]; // → 'core reasoning'
 */
export const layerNames: Record<number, string> = { 1: 'core reasoning', 2: 'orchestration', 3: 'agents', 4: 'tools' };

/**
 * The layer of a path by the owner's rules: the last rule that matches wins, as in CODEOWNERS; `null` if none does.
 *
 * Use it to weigh a change; what no proposal may touch, whatever its layer, is `protectionOf`.
 *
 * @example
 * const rules = [{ pattern: '*', layer: 3 }, { pattern: '/src/core/', layer: 1 }];
 * layerOf('src/core/plan.ts', rules); // → 1
 * layerOf('readme.md', rules); // → 3
 * layerOf('readme.md', []); // → null
 */
export function layerOf(path: string, rules: readonly LayerRule[]): number | null {
  for (let i = rules.length - 1; i >= 0; i--) {
    const rule = rules[i] as LayerRule;
    if (matchesGlob(rule.pattern, path)) return rule.layer;
  }
  return null;
}

/**
 * What no proposal may touch, whatever the layers say (I-SELF-3): each of these decides how a change is judged, or runs
 * code outside the judged tests. Compared in lower case: `Package.json` is the manifest on many disks.
 */
const protectedGroups: readonly { kind: string; patterns: readonly string[] }[] = [
  { kind: 'the layers file', patterns: ['/.reeve/', 'codeowners'] },
  {
    kind: 'CI configuration',
    patterns: [
      '/.github/',
      '/.gitlab/',
      '/.gitlab-ci.yml',
      '/.circleci/',
      '/.buildkite/',
      '/.ci/',
      'azure-pipelines*.yml',
      'jenkinsfile',
      '.travis.yml',
      '.drone.yml',
      'bitbucket-pipelines.yml',
      'appveyor.yml',
    ],
  },
  {
    kind: 'a hook or git configuration',
    patterns: [
      '.husky/',
      '.githooks/',
      '.gitattributes',
      '.gitmodules',
      '.gitignore',
      '.pre-commit-config.yaml',
      'lefthook.*',
      '.lefthook*',
      '.mailmap',
    ],
  },
  {
    kind: 'a lockfile',
    patterns: [
      'package-lock.json',
      'npm-shrinkwrap.json',
      'pnpm-lock.yaml',
      'yarn.lock',
      'bun.lock',
      'bun.lockb',
      'deno.lock',
      'cargo.lock',
      'poetry.lock',
      'uv.lock',
      'pipfile.lock',
      'gemfile.lock',
      'composer.lock',
      'go.sum',
      'flake.lock',
    ],
  },
  {
    kind: 'a manifest',
    patterns: [
      'package.json',
      'pnpm-workspace.yaml',
      'deno.json',
      'deno.jsonc',
      'cargo.toml',
      'go.mod',
      'pyproject.toml',
      'setup.py',
      'setup.cfg',
      'requirements*.txt',
      'pipfile',
      'gemfile',
      'composer.json',
      'makefile',
      'dockerfile',
      'dockerfile.*',
      'docker-compose*.yml',
      'node_modules/',
      'binding.gyp',
    ],
  },
  {
    kind: 'tool configuration',
    patterns: [
      'tsconfig*.json',
      'jsconfig*.json',
      'biome.json',
      'biome.jsonc',
      '.eslintrc*',
      '.eslintignore',
      '.prettierrc*',
      '.prettierignore',
      '.babelrc*',
      '.swcrc',
      '.mocharc*',
      '.nycrc*',
      '.c8rc*',
      '.npmrc',
      '.yarnrc*',
      '.pnpmfile.*',
      '.nvmrc',
      '.node-version',
      '.tool-versions',
      '.editorconfig',
      '.env',
      '.env.*',
      '*.config.js',
      '*.config.ts',
      '*.config.mjs',
      '*.config.cjs',
      '*.config.mts',
      '*.config.cts',
      '*.config.json',
      'vitest.workspace.*',
      '.dependency-cruiser.*',
      'turbo.json',
      'nx.json',
      'lerna.json',
      'tox.ini',
      'pytest.ini',
      'conftest.py',
      '.vscode/',
      '.devcontainer/',
      '__mocks__/',
    ],
  },
];

/**
 * Why a path is protected, in words, or `null`. `gatePaths` are the files that the gate commands themselves name. Letter
 * case does not matter.
 *
 * Use it on each path of a proposal, as `checkProposal` does; `pathsOfGates` finds the gate paths.
 *
 * @example
 * protectionOf('packages/a/package.json'); // → 'a manifest'
 * protectionOf('scripts/check.mjs', ['scripts/check.mjs']); // → 'part of a gate'
 * protectionOf('src/tools/csv.ts'); // → null
 */
export function protectionOf(path: string, gatePaths: readonly string[] = []): string | null {
  const lower = path.toLowerCase();
  if (gatePaths.some((gate) => gate.toLowerCase() === lower)) return 'part of a gate';
  for (const group of protectedGroups) if (group.patterns.some((pattern) => matchesGlob(pattern, lower))) return group.kind;
  return null;
}

const wrappers = new Set(['npx', 'exec', 'env', 'time', 'pnpm', 'yarn', 'bunx']);
const interpreters = new Set(['node', 'tsx', 'ts-node', 'sh', 'bash', 'dash', 'zsh', 'python', 'python3', 'bun', 'deno', 'ruby', 'perl']);
/** With these an interpreter judges a file instead of being led by it. */
const judgingFlags = new Set(['--check', '--test', '-c', '-n']);

/**
 * The files of the tree that the gate commands run, as `node scripts/check.mjs` or `./lint.sh` do. What they are merely
 * given (`eslint src/a.ts`) is the code under test and stays free; tests have rules of their own.
 *
 * Use it with all paths of the base, and give what it finds to `protectionOf` or `checkProposal`.
 *
 * @example
 * const tree = new Set(['scripts/check.mjs', 'src/a.ts']);
 * pathsOfGates({ test: 'node scripts/check.mjs', lint: 'eslint src/a.ts' }, tree); // → ['scripts/check.mjs']
 */
export function pathsOfGates(
  gates: { test: string; typecheck?: string | undefined; lint?: string | undefined; health?: string | undefined },
  tree: ReadonlySet<string>,
): string[] {
  const isOwn = (word: string) => tree.has(word) && !isTestPath(word);
  const found = [gates.test, gates.typecheck ?? '', gates.lint ?? '', gates.health ?? ''].flatMap((command) =>
    command.split(/[;&|()\n]+/).flatMap((simple) => {
      const words = simple.split(/[\s"'`]+/).filter((word) => word && !/^\w+=/.test(word));
      while (wrappers.has(words[0] ?? '')) words.shift();
      const paths = words.map((word) => word.replace(/^(\.\/)+/, ''));
      if (isOwn(paths[0] ?? '')) return paths.slice(0, 1);
      const leads = interpreters.has(paths[0] ?? '') && !words.some((word) => judgingFlags.has(word));
      return leads ? paths.filter(isOwn).slice(0, 1) : [];
    }),
  );
  return [...new Set(found)];
}
