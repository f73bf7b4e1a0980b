import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { diffStat } from '../src/tools/diff-stat.ts';

const diff = `diff --git a/src/a.ts b/src/a.ts
index 1111111..2222222 100644
--- a/src/a.ts
+++ b/src/a.ts
@@ -1,3 +1,3 @@
 const a = 1;
-const b = 2;
+const b = 3;
+const c = 4;
`;

describe('diff stat', () => {
  it('names the files', () => {
    assert.deepEqual(diffStat(diff).files, ['src/a.ts']);
  });
  it('counts lines without the headers', () => {
    const { added, removed } = diffStat(diff);
    assert.deepEqual([added, removed], [2, 1]);
  });
  it('finds nothing in an empty diff', () => {
    assert.deepEqual(diffStat(''), { files: [], added: 0, removed: 0 });
  });
});
