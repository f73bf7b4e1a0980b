import { existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { lendNodeModules } from './node-modules.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'reeve modules ')));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const write = (path: string, content: string) => {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), content);
};

test('installed packages lead to the operator’s, the workspace’s own to the candidate', () => {
  write('above/node_modules/shared/index.js', 'shared');
  write('above/op/node_modules/.store/dep@1/node_modules/dep/index.js', 'dep');
  write('above/op/node_modules/.cache/x', 'cache');
  write('above/op/node_modules/@scope/tool/index.js', 'tool');
  write('above/op/packages/core/index.js', 'the operator’s');
  write('above/op/packages/web/package.json', '{}');
  mkdirSync(join(root, 'above/op/packages/web/node_modules/@me'), { recursive: true });
  symlinkSync('.store/dep@1/node_modules/dep', join(root, 'above/op/node_modules/dep'));
  symlinkSync('../../../core', join(root, 'above/op/packages/web/node_modules/@me/core'));
  symlinkSync('nowhere', join(root, 'above/op/node_modules/broken'));
  write('work/tree/packages/core/index.js', 'the candidate’s');
  write('work/tree/packages/web/package.json', '{}');

  const { shown, lent } = lendNodeModules(join(root, 'work/tree'), join(root, 'above/op'), ['packages/web', 'packages/gone']);
  const tree = (path: string) => join(root, 'work/tree', path);
  expect(readFileSync(tree('node_modules/dep/index.js'), 'utf8')).toBe('dep');
  expect(readFileSync(tree('node_modules/@scope/tool/index.js'), 'utf8')).toBe('tool');
  expect(readFileSync(tree('packages/web/node_modules/@me/core/index.js'), 'utf8')).toBe('the candidate’s');
  expect(readFileSync(join(root, 'work/node_modules/shared/index.js'), 'utf8')).toBe('shared');
  expect(existsSync(tree('node_modules/.cache'))).toBe(false);
  expect(existsSync(tree('node_modules/broken'))).toBe(false);
  expect(lstatSync(tree('node_modules')).isSymbolicLink()).toBe(false);
  expect(shown).toContain(join(root, 'above/op/node_modules'));
  expect(shown).toContain(join(root, 'above/node_modules'));
  expect([...lent].sort()).toEqual(['node_modules', 'packages/web/node_modules']);
});
