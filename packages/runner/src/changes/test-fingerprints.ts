import { parseSync } from 'oxc-parser';

export type Node = { type: string; start: number; end: number; [key: string]: unknown };
const groups = new Set(['describe', 'suite', 'context']);

/**
 * The first statement of an existing test file that a change alters, or that it puts code in front of; `null` where all
 * stand as they were. Lines that are only added can gut a test too: a `return` at its top, a new `test` in place of the
 * runner's. New imports may come anywhere, new tests behind old ones, and inside of a `describe`.
 */
export function alteredTest(path: string, base: string, candidate: string): string | null {
  const [before, after] = [bodyOf(path, base), bodyOf(path, candidate)];
  if (!before) return null;
  if (!after) return `${path} does not parse any more`;
  return altered({ text: base, body: before }, { text: candidate, body: after });
}

/** A text with its statements, or those of a group in it. */
export type Side = { text: string; body: Node[] };
export const textOf = (side: Side, node: Node): string => side.text.slice(node.start, node.end);
const isImport = (node: Node): boolean => node.type === 'ImportDeclaration';

function altered(before: Side, after: Side): string | null {
  const imports = new Set(after.body.filter(isImport).map((node) => textOf(after, node)));
  const lost = before.body.find((node) => isImport(node) && !imports.has(textOf(before, node)));
  if (lost) return textOf(before, lost);
  const old = before.body.filter((node) => !isImport(node));
  const now = after.body.filter((node) => !isImport(node));
  for (const [i, node] of old.entries()) {
    const other = now[i];
    if (!other) return textOf(before, node);
    if (textOf(before, node) === textOf(after, other)) continue;
    const [inner, outer] = [groupOf(before, node), groupOf(after, other)];
    if (!inner || !outer || inner.head !== outer.head) return textOf(before, node);
    const within = altered({ text: before.text, body: inner.body }, { text: after.text, body: outer.body });
    if (within) return within;
  }
  return null;
}

/** `describe('name', () => { … })`: its head as text, and the statements inside. */
export function groupOf(side: Side, node: Node): { head: string; body: Node[] } | null {
  const call = node.type === 'ExpressionStatement' ? (node.expression as Node) : node;
  const callee = call.type === 'CallExpression' ? (call.callee as Node) : null;
  if (!callee || !groups.has(String(callee.name ?? ''))) return null;
  const block = ((call.arguments as Node[]).at(-1) as Node | undefined)?.body as Node | undefined;
  return block?.type === 'BlockStatement' ? { head: side.text.slice(node.start, block.start), body: block.body as Node[] } : null;
}

/** The statements of a file, or `null` where it does not parse. */
export function bodyOf(path: string, text: string): Node[] | null {
  const parsed = parseSync(path, text);
  return parsed.errors.some((e) => e.severity === 'Error') ? null : (parsed.program.body as unknown as Node[]);
}
