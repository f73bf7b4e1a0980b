/** Patches for the tests beside; nothing of the product imports this. */
export const newFile = (path: string, content: string, mode = '100644'): string => {
  const lines = content.split('\n');
  const body = lines.map((line) => `+${line}\n`).join('');
  return `diff --git a/${path} b/${path}\nnew file mode ${mode}\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1,${lines.length} @@\n${body}`;
};
export const replaceLine = (path: string, before: string[], after: string[]): string =>
  `--- a/${path}\n+++ b/${path}\n@@ -1,${before.length + 1} +1,${after.length + 1} @@\n first\n${before.map((l) => `-${l}\n`).join('')}${after.map((l) => `+${l}\n`).join('')}`;

export const okTest = newFile('test/new.test.ts', 'test("adds", () => { assert.equal(add(1, 2), 3) })');
export const okFix = replaceLine('src/add.ts', ['return a - b'], ['return a + b']);
