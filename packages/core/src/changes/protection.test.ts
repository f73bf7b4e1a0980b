import { describe, expect, it } from 'vitest';
import { layerNames, pathsOfGates, protectionOf } from './layers.ts';
import { isTestPath } from './test-paths.ts';

/** Every pattern that protects, by a path that only it covers: a pattern that is lost would be seen by nobody. */
const protectedPaths: Record<string, string> = {
  'the layers file': '.reeve/x codeowners docs/codeowners',
  'CI configuration': `.github/x .gitlab/x .gitlab-ci.yml .circleci/x .buildkite/x .ci/x azure-pipelines.yml azure-pipelines-2.yml
    jenkinsfile .travis.yml .drone.yml bitbucket-pipelines.yml appveyor.yml`,
  'a hook or git configuration': `.husky/x .githooks/x .gitattributes .gitmodules .gitignore .pre-commit-config.yaml lefthook.yml
    .lefthook-local.yml .mailmap`,
  'a lockfile': `package-lock.json npm-shrinkwrap.json pnpm-lock.yaml yarn.lock bun.lock bun.lockb deno.lock cargo.lock poetry.lock uv.lock
    pipfile.lock gemfile.lock composer.lock go.sum flake.lock`,
  'a manifest': `package.json pnpm-workspace.yaml deno.json deno.jsonc cargo.toml go.mod pyproject.toml setup.py setup.cfg
    requirements-dev.txt pipfile gemfile composer.json makefile dockerfile dockerfile.web docker-compose.dev.yml node_modules/x binding.gyp`,
  'tool configuration': `tsconfig.build.json jsconfig.json biome.json biome.jsonc .eslintrc.cjs .eslintignore .prettierrc .prettierignore .babelrc
    .swcrc .mocharc.yml .nycrc .c8rc.json .npmrc .yarnrc.yml .pnpmfile.cjs .nvmrc .node-version .tool-versions .editorconfig .env .env.local
    a.config.js a.config.ts a.config.mjs a.config.cjs a.config.mts a.config.cts a.config.json vitest.workspace.ts .dependency-cruiser.cjs
    turbo.json nx.json lerna.json tox.ini pytest.ini conftest.py .vscode/x .devcontainer/x __mocks__/x`,
};
const words = (text: string) => text.split(/\s+/).filter(Boolean);

describe('I-SELF-3: what no proposal may touch', () => {
  it.each(Object.entries(protectedPaths))('%s', (kind, paths) => {
    for (const path of words(paths)) {
      expect(protectionOf(path), path).toBe(kind);
      expect(protectionOf(path.toUpperCase()), path).toBe(kind);
    }
  });
  it('configuration of a host stands at the root alone, that of a tool anywhere', () => {
    expect(protectionOf('docs/.github/x')).toBeNull();
    expect(protectionOf('docs/.reeve/x')).toBeNull();
    expect(protectionOf('packages/a/.npmrc')).toBe('tool configuration');
  });
  it('the files that a gate runs, whatever leads to them', () => {
    const tree = new Set(['a.mjs', 'b.sh', 'c.py', 'test/d.test.ts']);
    const of = (test: string) => pathsOfGates({ test }, tree);
    for (const lead of ['node', 'tsx', 'ts-node', 'bun', 'deno', 'sh', 'bash', 'dash', 'zsh', 'python', 'python3', 'ruby', 'perl'])
      expect(of(`${lead} a.mjs`), lead).toEqual(['a.mjs']);
    for (const wrapper of ['npx', 'exec', 'env', 'time', 'pnpm', 'yarn', 'bunx'])
      expect(of(`${wrapper} node a.mjs`), wrapper).toEqual(['a.mjs']);
    for (const judging of ['--check', '--test', '-c', '-n']) expect(of(`node ${judging} a.mjs`), judging).toEqual([]);
    expect(of('node a.mjs; ./b.sh && (python c.py) | node a.mjs\nsh "b.sh"')).toEqual(['a.mjs', 'b.sh', 'c.py']);
    expect(of('A=1 B=2 node a.mjs b.sh')).toEqual(['a.mjs']);
    expect(of('cat a.mjs')).toEqual([]);
    expect(of('node test/d.test.ts')).toEqual([]);
    expect(pathsOfGates({ test: 'true', typecheck: './b.sh', lint: '././a.mjs' }, tree)).toEqual(['b.sh', 'a.mjs']);
  });
  it.each(
    words(
      'test/a tests/a __tests__/a spec/a specs/a __snapshots__/a a.test.ts a.spec.ts a-test.js a_spec.rb test-a.js test_a.py test.js x.snap TEST/A',
    ),
  )('%s is a test by its name', (path) => {
    expect(isTestPath(path)).toBe(true);
  });
  it.each(words('src/a.ts testa.js a.tests.ts atest.js snap contest.ts a.test protest/a specs a.snap.ts latest/a test'))(
    '%s is none',
    (path) => {
      expect(isTestPath(path)).toBe(false);
    },
  );
  it('layers have names', () => {
    expect(layerNames).toEqual({ 1: 'core reasoning', 2: 'orchestration', 3: 'agents', 4: 'tools' });
  });
});
