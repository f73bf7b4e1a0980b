/**
 * What the agents ask a model. Each kind of question has its own system text; the scripted model knows it by that,
 * a real one simply reads it.
 */
const house = `You work in a small team of agents on a TypeScript library of small tools without dependencies.
Node's own test runner (node:test, node:assert/strict) runs the suite. Imports name files with their .ts extension.
Keep changes small, keep the style of the file, explain in one or two sentences and no more.
Files in an answer stand in fenced blocks that begin with \`\`\`ts file=<path> and hold the whole file.`;

export const systems = {
  fix: `You are a coder.\n${house}\nCorrect the source so that the failing test passes and no other fails. Answer with the finding, then the corrected source file.`,
  ownTool: `You are a coder and the owner of one tool.\n${house}\nYour tool disagrees with the test runner. Answer with the finding, then a new test file that fails because of it, then the corrected source file.`,
  review: `You are a reviewer.\n${house}\nRead the diff. Begin your answer with APPROVE or CHANGES, then give the reason.`,
  suite: `You are a tester.\n${house}\nRead the result of a test run together with the source. Name what is not tested yet, most important first.`,
  cover: `You are a tester.\n${house}\nWrite one more test file for this tool, with many generated inputs from a fixed seed.`,
  plan: `You are the planner.\n${house}\nRead the state of the library and say in two sentences what should be done first, and why.`,
  status: `You lead a part of the team.\n${house}\nSay in two sentences where the work stands and what you would watch.`,
  answer: `You are a member of the team.\n${house}\nAnswer the task that an operator gave you, in at most five sentences.`,
} as const;
export type QuestionKind = keyof typeof systems;
export type Question = { kind: QuestionKind; prompt: string };

type File = { path: string; content: string };
const block = (file: File) => `\`\`\`ts file=${file.path}\n${file.content.trimEnd()}\n\`\`\``;

export const questions = {
  fix: (q: { report: File; source: File; failure: string; attempt: number; lastError?: string | undefined }): Question => ({
    kind: 'fix',
    prompt: [
      `Attempt ${q.attempt}. This report fails: ${q.failure}`,
      block(q.report),
      'The source:',
      block(q.source),
      ...(q.lastError ? [`The attempt before this one was refused by the tests: ${q.lastError}`] : []),
    ].join('\n\n'),
  }),
  ownTool: (q: { source: File; evidence: string; excerpt: string }): Question => ({
    kind: 'ownTool',
    prompt: [
      `${q.evidence}`,
      'The source of the tool:',
      block(q.source),
      'The beginning of what it read:',
      `\`\`\`\n${q.excerpt}\n\`\`\``,
    ].join('\n\n'),
  }),
  review: (q: { branch: string; diff: string; run: string }): Question => ({
    kind: 'review',
    prompt: `Branch ${q.branch}. The suite on it: ${q.run}\n\n\`\`\`diff\n${q.diff}\n\`\`\``,
  }),
  suite: (q: { run: string; source: File; test: File }): Question => ({
    kind: 'suite',
    prompt: `${q.run}\n\n${block(q.source)}\n\n${block(q.test)}`,
  }),
  cover: (q: { tool: string; source: File }): Question => ({ kind: 'cover', prompt: `Tool: ${q.tool}\n\n${block(q.source)}` }),
  plan: (q: { tools: string[]; failing: string[]; open: number }): Question => ({
    kind: 'plan',
    prompt: `Tools: ${q.tools.join(', ')}.\nReports that still fail: ${q.failing.join(', ') || 'none'}.\nOpen tasks: ${q.open}.`,
  }),
  status: (q: { team: string; facts: string }): Question => ({ kind: 'status', prompt: `Team: ${q.team}.\n${q.facts}` }),
  answer: (q: { title: string; body: string }): Question => ({ kind: 'answer', prompt: `${q.title}\n\n${q.body}` }),
} as const;

/** The files in an answer or a prompt, by path. */
export function filesIn(text: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const [, path, content] of text.matchAll(/^```ts file=(\S+)\n([\s\S]*?)\n```$/gm))
    if (path !== undefined && content !== undefined) files.set(path, `${content}\n`);
  return files;
}
/** What an answer says outside its files. */
export const wordsIn = (text: string): string =>
  text
    .replace(/^```[\s\S]*?^```$/gm, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
