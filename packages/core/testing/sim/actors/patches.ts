/** Two patches that no rule objects to: a new test, and the line that makes it pass. */
export const testPatch = `diff --git a/test/new.test.ts b/test/new.test.ts
new file mode 100644
--- /dev/null
+++ b/test/new.test.ts
@@ -0,0 +1,1 @@
+test("adds", () => { assert.equal(add(1, 2), 3) })
`;
export const fixPatch = `--- a/src/add.ts
+++ b/src/add.ts
@@ -1,2 +1,2 @@
 first
-return a - b
+return a + b
`;
