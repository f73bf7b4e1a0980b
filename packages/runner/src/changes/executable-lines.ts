import { parseSync } from 'oxc-parser';

type Node = { type: string; start: number; end: number; [key: string]: unknown };

/** A piece of code that runs or does not: the characters it is made of, and one that runs with it. */
export type Unit = {
  start: number;
  end: number;
  probe: number;
  /** A part of an expression: known only where a source map has exactly its place. */
  isPart: boolean;
};

/**
 * Those of the `wanted` lines of a module (counted from 1) that can run, so without blanks, comments, types, imports and lone
 * brackets, each with what has to run for it: every piece that begins on it, else the innermost that it belongs to. The
 * head of a function runs when the function is called. `null` where the text does not parse.
 */
export function executableLines(path: string, text: string, wanted: ReadonlySet<number>): Map<number, Unit[]> | null {
  const parsed = parseSync(path, text);
  if (parsed.errors.some((e) => e.severity === 'Error')) return null;
  const found: Found = { units: [], silent: parsed.comments.map(({ start, end }) => ({ start, end })) };
  visit(parsed.program as unknown as Node, found);
  const code = blanked(text, found.silent);
  const lines = new Map<number, Unit[]>();
  let start = 0;
  code.split('\n').forEach((line, i) => {
    const end = start + line.length;
    const first = start + line.search(/\S/);
    if (wanted.has(i + 1) && /[\w$'"`]/.test(line.replace(/\b(else|try|finally|do)\b/g, ''))) {
      const begun = found.units.filter((u) => u.start >= start && u.start < end);
      const around = found.units.filter((u) => u.start <= first && u.end > first);
      const units = begun.length > 0 ? begun : around.sort((a, b) => a.end - a.start - (b.end - b.start)).slice(0, 1);
      if (units.length > 0) lines.set(i + 1, units);
    }
    start = end + 1;
  });
  return lines;
}

type Found = { units: Unit[]; silent: { start: number; end: number }[] };
const blanked = (text: string, spans: readonly { start: number; end: number }[]): string => {
  let out = '';
  let at = 0;
  for (const { start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    if (start < at) continue;
    out += text.slice(at, start) + text.slice(start, end).replace(/[^\n]/g, ' ');
    at = end;
  }
  return out + text.slice(at);
};

const statements = new Set([
  ...['ExpressionStatement', 'VariableDeclaration', 'ReturnStatement', 'ThrowStatement', 'IfStatement', 'ForStatement', 'ForInStatement'],
  ...['ForOfStatement', 'WhileStatement', 'DoWhileStatement', 'SwitchStatement', 'BreakStatement', 'ContinueStatement'],
  ...['DebuggerStatement', 'TSEnumDeclaration', 'TSExportAssignment', 'TSImportEqualsDeclaration'],
]);
/** Syntax of TypeScript around something that runs. */
const transparent = new Set([
  ...['TSAsExpression', 'TSSatisfiesExpression', 'TSNonNullExpression', 'TSTypeAssertion', 'TSInstantiationExpression'],
  ...[
    'TSParameterProperty',
    'TSModuleDeclaration',
    'TSModuleBlock',
    'TSEnumDeclaration',
    'TSExportAssignment',
    'TSImportEqualsDeclaration',
  ],
]);

function visit(node: Node, found: Found): void {
  if ((node.type.startsWith('TS') && !transparent.has(node.type)) || node.declare === true || node.exportKind === 'type') {
    found.silent.push(node);
    return;
  }
  if (node.type === 'ImportDeclaration' || node.type === 'ExportAllDeclaration') return;
  if (node.type === 'ExportNamedDeclaration' && !node.declaration) return;
  const add = (start: number, end: number, probe: number, isPart = false) => found.units.push({ start, end, probe, isPart });
  const part = (child: unknown) => {
    if (isNode(child)) add(child.start, child.end, child.start, true);
  };
  if (statements.has(node.type) && typeof node.directive !== 'string') add(node.start, node.end, node.start);
  if (node.type === 'ExportDefaultDeclaration' && !/Function|Class|^TSInterface/.test((node.declaration as Node).type))
    add(node.start, node.end, (node.declaration as Node).start);
  if (/^(Function|Arrow)/.test(node.type) && isNode(node.body)) {
    const { body } = node;
    add(node.start, Math.max(body.start, node.start + 1), firstIn(body));
    if (node.type === 'ArrowFunctionExpression' && body.type !== 'BlockStatement' && body.type !== 'FunctionBody')
      add(body.start, body.end, firstIn(body));
  }
  if (node.type === 'ConditionalExpression') [node.consequent, node.alternate].forEach(part);
  if (node.type === 'LogicalExpression') part(node.right);
  if (node.type === 'CatchClause') add(node.start, (node.body as Node).start, firstIn(node.body as Node));
  if (node.type === 'SwitchCase') {
    const first = (node.consequent as Node[])[0];
    if (first) add(node.start, first.start, first.start);
  }
  // Runs when the class is constructed, as V8 has it.
  if (node.type === 'PropertyDefinition' && isNode(node.value)) add(node.start, node.end, node.value.start);
  for (const key of Object.keys(node)) {
    const child = node[key];
    for (const one of Array.isArray(child) ? child : [child]) if (isNode(one)) visit(one, found);
  }
}
/** Where a source map has a place for what a body does. */
const firstIn = (body: Node): number => ((body.body as Node[] | undefined)?.[0] ?? body).start;
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
