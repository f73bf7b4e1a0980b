import { bodyOf, groupOf, type Node, type Side, textOf } from './test-fingerprints.ts';

/**
 * A test file with its new tests the other way round and in front of those that the base has (`null`: a new file), inside
 * of groups too; everything else comes first, as it stood. `null` where there is nothing to turn round, or the file does
 * not parse. So it needs no option of any runner, and tests that are not the change's keep their order.
 */
export function inOtherOrder(path: string, base: string | null, candidate: string): string | null {
  const body = bodyOf(path, candidate);
  const before = base === null ? [] : bodyOf(path, base);
  const first = body?.[0];
  if (!body || !before || !first) return null;
  const turned = turn({ text: candidate, body }, { text: base ?? '', body: before });
  // What stands above the first statement speaks to the runner: a shebang, an environment.
  return turned === null ? null : `${candidate.slice(0, first.start)}${turned}\n`;
}

/** The statements in their other order as text, or `null` where that is the order that they are in. */
function turn(side: Side, base: Side): string | null {
  const known = base.body.map((node) => textOf(base, node));
  const parts = side.body.map((node, at) => partOf(side, node, at, base, known));
  const of = (kind: Part['kind']) => parts.filter((p) => p.kind === kind);
  const ordered = [...of('other'), ...of('new').reverse(), ...of('old')];
  // Where a test lies among other statements makes no difference, its place among tests does.
  const tests = (list: Part[]) => list.filter((p) => p.kind !== 'other').map((p) => p.at);
  const moved = tests(ordered).join() !== tests(parts).join() || parts.some((p) => p.turned);
  return moved ? ordered.map((p) => p.text).join('\n') : null;
}

type Part = { at: number; kind: 'other' | 'old' | 'new'; text: string; turned: boolean };
function partOf(side: Side, node: Node, at: number, base: Side, known: string[]): Part {
  const text = textOf(side, node);
  if (!isTest(node)) return { at, kind: 'other', text, turned: false };
  const place = known.indexOf(text);
  if (place >= 0) {
    known[place] = '';
    return { at, kind: 'old', text, turned: false };
  }
  const group = groupOf(side, node);
  if (!group) return { at, kind: 'new', text, turned: false };
  const former = base.body.map((other) => groupOf(base, other)).find((other) => other?.head === group.head);
  const turned = turn({ text: side.text, body: group.body }, { text: base.text, body: former?.body ?? [] });
  const kind = former ? 'old' : 'new';
  const [first, last] = [group.body[0], group.body.at(-1)];
  if (turned === null || !first || !last) return { at, kind, text, turned: false };
  return { at, kind, text: side.text.slice(node.start, first.start) + turned + side.text.slice(last.end, node.end), turned: true };
}

const registers = new Set(['test', 'it', 'describe', 'suite', 'context', 'specify']);
/** A statement that registers a test or a group: `test(…)`, `await test(…)`, `it.each(…)(…)`, `describe(…)`. */
function isTest(node: Node): boolean {
  let call = node.type === 'ExpressionStatement' ? (node.expression as Node) : node;
  if (call.type === 'AwaitExpression') call = call.argument as Node;
  if (call.type !== 'CallExpression') return false;
  let callee = call.callee as Node;
  while (callee.type === 'CallExpression' || callee.type === 'MemberExpression' || callee.type === 'TaggedTemplateExpression')
    callee = (callee.callee ?? callee.object ?? callee.tag) as Node;
  return callee.type === 'Identifier' && registers.has(String(callee.name));
}
