import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerTo } from '../src/answers/answer.ts';
import { applyEdits } from '../src/answers/bug.ts';
import { seededBugs } from '../src/answers/bugs.ts';
import { filesIn, questions } from '../src/model/prompts.ts';
import { git } from '../src/shell/git.ts';
import { isGreen, isRed, runSuite } from '../src/work/suite.ts';
import { sample } from './sample.ts';

type Pair = { name: string; testPath: string; testPatch: string; fixPatch: string };
let at: Awaited<ReturnType<typeof sample>>;
let library: string;
const pairs: Pair[] = [];

beforeAll(async () => {
  at = await sample();
  library = at.settings.places.library;
  for (const bug of seededBugs) pairs.push(await pairOf(bug.name));
});
afterAll(() => at.remove());

const read = (path: string) => readFile(join(library, path), 'utf8');

/** Both patches as an agent makes them: from the model's answer, by `git diff`. */
async function pairOf(name: string): Promise<Pair> {
  const bug = seededBugs.find((b) => b.name === name);
  if (!bug) throw new Error(name);
  const source = { path: bug.file, content: await read(bug.file) };
  const report = bug.test ? undefined : { path: `reports/${name}.test.ts`, content: await read(`reports/${name}.test.ts`) };
  const question = report
    ? questions.fix({ report, source, failure: 'it fails', attempt: 2 })
    : questions.ownTool({ source, evidence: 'the counts differ', excerpt: '' });
  const files = filesIn(answerTo(question.kind, question.prompt));
  const testPath = `test/${name}.test.ts`;
  const diffOf = async (path: string, content: string) => {
    await writeFile(join(library, path), content);
    await git(library, ['add', '--intent-to-add', path]);
    const patch = await git(library, ['diff', '--', path]);
    await git(library, ['reset', '--quiet', '--hard']);
    await git(library, ['clean', '-dfq']);
    return patch;
  };
  const test = report?.content ?? files.get(testPath) ?? '';
  return { name, testPath, testPatch: await diffOf(testPath, test), fixPatch: await diffOf(bug.file, files.get(bug.file) ?? '') };
}

// Every bug is in a file of its own, so all pairs can be judged in one run: the failures are counted one by one.
describe('the pairs of test and fix', () => {
  it('touch one new test and one tool each', () => {
    expect(new Set(seededBugs.map((bug) => bug.file)).size).toBe(seededBugs.length);
    for (const { name, testPatch, fixPatch } of pairs) {
      expect(testPatch.match(/^diff --git/gm), name).toHaveLength(1);
      expect(testPatch, name).toContain('new file mode 100644');
      expect(fixPatch.match(/^diff --git a\/src\/tools\//gm), name).toHaveLength(1);
    }
  });

  it('are red on the base by assertion, green with the fix, and break nothing', async () => {
    const { tools } = at.settings;
    for (const { testPatch } of pairs) await git(library, ['apply', '-'], { stdin: testPatch });
    const red = await runSuite(
      library,
      tools,
      pairs.map((pair) => pair.testPath),
    );
    expect(isRed(red)).toBe(true);
    expect([red.passed, red.failed]).toEqual([0, seededBugs.length]);

    for (const { fixPatch } of pairs) await git(library, ['apply', '-'], { stdin: fixPatch });
    const green = await runSuite(library, tools, ['test']);
    expect(green.failures).toEqual([]);
    expect(isGreen(green)).toBe(true);
    expect(green.passed).toBe(52 + seededBugs.length);
    await git(library, ['reset', '--quiet', '--hard']);
    await git(library, ['clean', '-dfq']);
  });

  it('have first tries that the tests refuse', async () => {
    const wrong = seededBugs.filter((bug) => bug.wrongFirst);
    expect(wrong.length).toBeGreaterThan(1);
    for (const bug of wrong) await writeFile(join(library, bug.file), applyEdits(await read(bug.file), bug.wrongFirst ?? []) ?? '');
    const run = await runSuite(
      library,
      at.settings.tools,
      wrong.map((bug) => `reports/${bug.name}.test.ts`),
    );
    expect(run.failed).toBe(wrong.length);
    expect(run.failures.every((f) => f.byAssertion)).toBe(true);
    await git(library, ['reset', '--quiet', '--hard']);
  });
});
