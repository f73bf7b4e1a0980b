import assert from 'node:assert/strict';
import { it } from 'node:test';
import { diffStat } from '../src/tools/diff-stat.ts';

// Reported: a change of one line that starts with "++" counts as nothing.
it('counts a line that looks like a header', () => {
  const diff = 'diff --git a/a.c b/a.c\n--- a/a.c\n+++ b/a.c\n@@ -1 +1 @@\n---i;\n+++i;\n';
  const { added, removed } = diffStat(diff);
  assert.deepEqual([added, removed], [1, 1]);
});
