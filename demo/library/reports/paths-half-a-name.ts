import assert from 'node:assert/strict';
import { it } from 'node:test';
import { commonFolder } from '../src/tools/paths.ts';

// Reported: src/tools and src/toolbox were said to share a folder "src/tool".
it('shares whole folders only', () => {
  assert.equal(commonFolder(['src/tools/a.ts', 'src/toolbox/a.ts']), 'src');
});
