import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** One name that a door of the core exports, with what stands above its declaration. */
export type Exported = {
  name: string;
  /** Where it is declared, below `src`: `agents/lease.ts`. */
  file: string;
  /** Whether it exists when the program runs: a type needs a sentence alone, a value an example too. */
  value: boolean;
  /** The docstring without its tags; empty where there is none. */
  doc: string;
  /** Each `@example`, as it is written. */
  examples: string[];
};

/**
 * Everything that `door` (a path below `src`) exports, followed to where it is declared. Syntax alone, since a whole
 * program with its types takes seconds: only `export *`, `export { … } from` and declarations are understood, and
 * anything else throws. A file that is met twice is told once.
 */
export function exportsOf(src: string, door: string, met = new Set<string>()): Exported[] {
  if (met.has(door)) return [];
  met.add(door);
  return parse(src, door).statements.flatMap((statement) => {
    if (ts.isExportAssignment(statement)) throw new Error(`${door} has a default export`);
    if (!ts.isExportDeclaration(statement)) return declaredBy(statement, door);
    const from = statement.moduleSpecifier;
    if (!from || !ts.isStringLiteral(from)) throw new Error(`${door} exports names without saying from where`);
    const file = below(door, from.text);
    const named = statement.exportClause;
    if (!named) return exportsOf(src, file, met);
    if (!ts.isNamedExports(named)) throw new Error(`${door} exports ${from.text} as a namespace`);
    const wanted = new Set(named.elements.map((e) => (e.propertyName ?? e.name).text));
    const found = exportsOf(src, file).filter((e) => wanted.has(e.name));
    if (found.length !== wanted.size) throw new Error(`${door}: not all of ${[...wanted].join(', ')} are declared in ${file}`);
    return found;
  });
}

function parse(src: string, file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(`${src}/${file}`, 'utf8'), ts.ScriptTarget.ES2022, true);
}

/** `./lease.ts`, said in `agents/agent.ts`, is `agents/lease.ts`. */
function below(file: string, specifier: string): string {
  const steps = file.split('/').slice(0, -1);
  for (const step of specifier.split('/')) {
    if (step === '..') steps.pop();
    else if (step !== '.') steps.push(step);
  }
  return steps.join('/');
}

function declaredBy(statement: ts.Statement, file: string): Exported[] {
  if (!ts.canHaveModifiers(statement) || !ts.getModifiers(statement)?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword)) return [];
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map((d) => about(d, nameOf(d, file), file, true));
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement) || ts.isEnumDeclaration(statement))
    return [about(statement, nameOf(statement, file), file, true)];
  if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement))
    return [about(statement, nameOf(statement, file), file, false)];
  throw new Error(`${file} exports a ${ts.SyntaxKind[statement.kind]}`);
}

function nameOf(declaration: { name?: ts.Node | undefined }, file: string): string {
  if (!declaration.name || !ts.isIdentifier(declaration.name)) throw new Error(`${file} exports something without a name`);
  return declaration.name.text;
}

function about(node: ts.Node, name: string, file: string, value: boolean): Exported {
  const comments = ts.getJSDocCommentsAndTags(node).filter((c) => ts.isJSDoc(c));
  const examples = ts.getJSDocTags(node).filter((t) => t.tagName.text === 'example');
  return {
    name,
    file,
    value,
    doc: comments.map((c) => ts.getTextOfJSDocComment(c.comment) ?? '').join('\n'),
    examples: examples.map((t) => ts.getTextOfJSDocComment(t.comment) ?? ''),
  };
}
