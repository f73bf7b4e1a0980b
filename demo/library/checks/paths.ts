import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { commonFolder, extension, parts } from '../src/tools/paths.ts';

describe('paths', () => {
  it('splits without empty parts', () => {
    assert.deepEqual(parts('/a//b/'), ['a', 'b']);
  });
  it('finds the common folder', () => {
    assert.equal(commonFolder(['src/tools/csv.ts', 'src/tools/text.ts']), 'src/tools');
  });
  it('answers with nothing where nothing is shared', () => {
    assert.equal(commonFolder(['src/a.ts', 'test/a.ts']), '');
    assert.equal(commonFolder([]), '');
  });
  it('takes the last extension', () => {
    assert.equal(extension('src/a.test.ts'), '.ts');
  });
  it('sees no extension in a dot file', () => {
    assert.equal(extension('home/.profile'), '');
  });
});
