import ts from 'typescript';

const sourceOf = (code: string) => ts.createSourceFile('example.ts', code, ts.ScriptTarget.ES2022, true);

/** How many statements of an example say what comes out. */
export const checksIn = (example: string): number => checked(example).checks;

/**
 * An example as a function of `expect` and of what is in scope: `expr; // → value` is checked by `toEqual`,
 * `expr; // → throws` by whether it throws, or rejects. Throws on what does not parse.
 */
export function compile(example: string, scope: Record<string, unknown>): (expect: unknown) => Promise<void> {
  const { code } = checked(example);
  const { outputText, diagnostics } = ts.transpileModule(code, {
    reportDiagnostics: true,
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  if (diagnostics?.length)
    throw new Error(`${diagnostics.map((d) => ts.flattenDiagnosticMessageText(d.messageText, '\n')).join('\n')}\n${code}`);
  const names = Object.keys(scope);
  // in a block of its own, so that an example may call something by a name that is in scope
  const run = new AsyncFunction('expect', ...names, `'use strict'; {\n${outputText}\n}`);
  return (expect) => run(expect, ...names.map((name) => scope[name]));
}

const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor as new (
  ...parametersAndBody: string[]
) => (...told: unknown[]) => Promise<void>;

/** The example with each `// → …` made an assertion, which bears the text of its expression. */
function checked(example: string): { code: string; checks: number } {
  let code = '';
  let from = 0;
  let checks = 0;
  for (const statement of sourceOf(example).statements) {
    if (!ts.isExpressionStatement(statement)) continue;
    const wanted = /^[ \t]*\/\/ → (.+)/.exec(example.slice(statement.end))?.[1]?.trim();
    if (wanted === undefined) continue;
    const expression = statement.expression.getText();
    const said = JSON.stringify(expression);
    code += example.slice(from, statement.getStart());
    code +=
      wanted === 'throws'
        ? `await expect((async () => (${expression}))(), ${said}).rejects.toThrow();`
        : `expect((${expression}), ${said}).toEqual((${wanted}));`;
    from = statement.end;
    checks += 1;
  }
  // a value promised of anything but an expression, or of no statement at all, would never be looked at
  if (example.split('// →').length - 1 !== checks) throw new Error(`not every "// → …" stands behind an expression:\n${example}`);
  return { code: code + example.slice(from), checks };
}
