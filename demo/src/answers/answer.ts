import { filesIn, type QuestionKind } from '../model/prompts.ts';
import { count } from '../work/suite.ts';
import { applyEdits, type SeededBug } from './bug.ts';
import { ownToolBug, seededBugs } from './bugs.ts';
import { propertyTests } from './properties.ts';

/** The prepared answer to a question. It depends on what the question holds: a repaired source gets no second repair. */
export function answerTo(kind: QuestionKind, prompt: string): string {
  return answers[kind](prompt);
}

const answers: Record<QuestionKind, (prompt: string) => string> = {
  fix(prompt) {
    const found = bugIn(prompt);
    if (!found) return 'I read the source twice and find nothing wrong with it.';
    const { bug, source } = found;
    const first = /^Attempt 1\./.test(prompt) && bug.wrongFirst ? applyEdits(source, bug.wrongFirst) : undefined;
    return answerWith(bug.finding, [[bug.file, first ?? applyEdits(source, bug.edits) ?? source]]);
  },
  ownTool(prompt) {
    const source = filesIn(prompt).get(ownToolBug.file) ?? '';
    const fixed = applyEdits(source, ownToolBug.edits);
    if (!fixed) return 'The tool counts as the runner does; I see no difference.';
    return answerWith(ownToolBug.finding, [
      [`test/${ownToolBug.name}.test.ts`, ownToolBug.test ?? ''],
      [ownToolBug.file, fixed],
    ]);
  },
  review(prompt) {
    const files = [...prompt.matchAll(/^\+\+\+ b\/(.*)$/gm)].map(([, path]) => path ?? '');
    const bug = seededBugs.find((b) => files.includes(b.file));
    const tested = files.some((path) => path.startsWith('test/'));
    if (/ failed of /.test(prompt)) return 'CHANGES The suite is red on this branch; that comes first.';
    if (!tested) return `CHANGES ${files.join(', ')} changes without a test that would notice.`;
    const added = [...prompt.matchAll(/^\+(?!\+\+)(.*)$/gm)].map(([, line]) => line).join('\n');
    if (bug && added.includes(bug.edits[0]?.[0].trim() ?? '')) return `CHANGES ${bug.finding}`;
    return `APPROVE ${bug?.review ?? 'Only tests are added, and they pass.'}`;
  },
  suite(prompt) {
    const [source, test] = [...filesIn(prompt).values()];
    const exported = [...(source ?? '').matchAll(/^export function (\w+)/gm)].map(([, name]) => name ?? '');
    const calls = (name: string) => (test ?? '').split(`${name}(`).length - 1;
    const rarest = exported.toSorted((a, b) => calls(a) - calls(b))[0];
    if (!rarest) return 'There is nothing here that a test could call.';
    return `${count(exported.length, 'exported function')}. \`${rarest}\` is called ${calls(rarest)} × by its tests, fewer than any other; its edges (nothing, one, the exact limit) should be next.`;
  },
  cover(prompt) {
    const tool = /^Tool: (\S+)/.exec(prompt)?.[1] ?? '';
    const prepared = propertyTests.find((p) => p.tool === tool);
    if (!prepared) return 'Its tests already name each case that its documentation promises.';
    return answerWith(`I check that ${prepared.about}.`, [[`test/${tool}-property.test.ts`, prepared.test]]);
  },
  plan(prompt) {
    const failing = /still fail: (.*)\.$/m.exec(prompt)?.[1] ?? 'none';
    if (failing === 'none')
      return 'Nothing that was reported fails any more. Keep the suite watched and read the tools once more, the largest first.';
    const [first] = failing.split(', ');
    return `Begin with ${first}: it has a reproduction, so the work is known to be finite. The other ${failing.split(', ').length - 1} can go side by side, each touches another tool.`;
  },
  status(prompt) {
    const facts = prompt.split('\n').slice(1).join(' ').trim();
    return `${facts || 'Everybody is at work.'} I would watch the tasks that needed a second attempt.`;
  },
  answer: (prompt) =>
    `I read the task "${prompt.split('\n')[0]}". The scripted model knows the sample library only; with a model key set, a real answer would stand here.`,
};

/** The seeded bug whose source, still unrepaired, stands in the question. */
function bugIn(prompt: string): { bug: SeededBug; source: string } | undefined {
  const files = filesIn(prompt);
  for (const bug of seededBugs) {
    const source = files.get(bug.file);
    if (source !== undefined && applyEdits(source, bug.edits) !== undefined) return { bug, source };
  }
  return undefined;
}

const answerWith = (words: string, files: [path: string, content: string][]) =>
  [words, ...files.map(([path, content]) => `\`\`\`ts file=${path}\n${content.trimEnd()}\n\`\`\``)].join('\n\n');
