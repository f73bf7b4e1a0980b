import { posix } from 'node:path';
import type { BlastRadius } from '@reeve/core/vocabulary';
import { parseSync } from 'oxc-parser';

/** What a module can load. */
export type Imports = {
  /** Specifiers as written. */
  imports: string[];
  /** A dynamic import whose target nobody can read: it may load anything. */
  opaque: boolean;
};

const extensions = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs', '.json'];
export const isModulePath = (path: string): boolean => /\.[mc]?[jt]sx?$/.test(path) && !/\.d\.[mc]?ts$/.test(path);

/** Reads imports; of the path its ending alone counts. A file that does not parse is opaque: what it does cannot be told. */
export function importsOf(path: string, text: string): Imports {
  const facts: Imports = { imports: [], opaque: false };
  const parsed = parseSync(path, text);
  if (parsed.errors.some((e) => e.severity === 'Error')) return { imports: [], opaque: true };
  const { module } = parsed;
  for (const { moduleRequest } of module.staticImports) facts.imports.push(moduleRequest.value);
  for (const { moduleRequest: span } of module.dynamicImports) {
    const literal = literalOf(text.slice(span.start, span.end));
    if (literal === null) facts.opaque = true;
    else facts.imports.push(literal);
  }
  // CommonJS, by its usual spelling: the AST would find more, at five times the cost, and an odd spelling is opaque to readers too.
  for (const call of text.matchAll(/\brequire\s*\(\s*([^)]{0,300}?)\s*\)/g)) {
    const literal = literalOf(call[1] ?? '');
    if (literal === null) facts.opaque ||= call[1] !== '';
    else facts.imports.push(literal);
  }
  for (const { entries } of module.staticExports)
    for (const { moduleRequest } of entries) if (moduleRequest) facts.imports.push(moduleRequest.value);
  return facts;
}

/** Exported name → how it looks from outside; nothing of a file that does not parse. */
export function exportsOf(path: string, text: string): Map<string, string> {
  const exports = new Map<string, string>();
  const parsed = parseSync(path, text);
  if (parsed.errors.some((e) => e.severity === 'Error')) return exports;
  let needsShapes = false;
  for (const { entries } of parsed.module.staticExports)
    for (const entry of entries) {
      const name =
        entry.exportName.name ?? (entry.exportName.kind === 'Default' ? 'default' : `* from ${entry.moduleRequest?.value ?? ''}`);
      exports.set(name, entry.moduleRequest ? `${entry.importName.name ?? '*'} from ${entry.moduleRequest.value}` : '');
      needsShapes ||= !entry.moduleRequest;
    }
  if (needsShapes) for (const [name, shape] of shapesOf(text, parsed.program.body)) if (exports.has(name)) exports.set(name, shape);
  return exports;
}

function literalOf(source: string): string | null {
  const literal = /^\s*(?:'([^'\\]*)'|"([^"\\]*)"|`([^`\\$]*)`)\s*$/.exec(source);
  return literal ? (literal[1] ?? literal[2] ?? literal[3] ?? '') : null;
}

type Node = { type: string; start: number; end: number; [key: string]: unknown };
/**
 * What callers see of each declaration: the signature of a function or class without its body, the whole of a type.
 * A constant counts by its annotation, or by its signature where it holds a function.
 */
function shapesOf(text: string, body: unknown[]): Map<string, string> {
  const shapes = new Map<string, string>();
  for (const statement of body as Node[]) {
    const declaration = (statement.declaration as Node | null | undefined) ?? statement;
    if (declaration.type === 'VariableDeclaration')
      for (const item of declaration.declarations as Node[]) {
        const id = item.id as Node;
        if (id.type === 'Identifier') shapes.set(id.name as string, shapeOf(text, item));
      }
    else {
      const id = declaration.id as Node | null | undefined;
      const name = statement.type === 'ExportDefaultDeclaration' ? 'default' : (id?.name as string | undefined);
      if (name) shapes.set(name, shapeOf(text, declaration));
    }
  }
  return shapes;
}
function shapeOf(text: string, node: Node): string {
  if (node.type.startsWith('TS')) return squeeze(text.slice(node.start, node.end));
  const held = node.type === 'VariableDeclarator' ? (node.init as Node | null) : node;
  const body = held && /Function|Class/.test(held.type) ? (held.body as Node | null) : null;
  if (held && body && /Function/.test(held.type)) return squeeze(text.slice(node.start, body.start));
  if (held && body) {
    // Of a class the members' heads, since their bodies are nobody's business outside.
    const members = ((body.body as Node[] | undefined) ?? []).filter(
      (m) => m.accessibility !== 'private' && (m.key as Node | undefined)?.type !== 'PrivateIdentifier',
    );
    const heads = members.map((m) => text.slice(m.start, ((m.value as Node | null)?.body as Node | null | undefined)?.start ?? m.end));
    return squeeze(`${text.slice(node.start, body.start)}{${heads.join(';')}}`);
  }
  const annotation = (node.id as Node | undefined)?.typeAnnotation as Node | null | undefined;
  return annotation ? squeeze(text.slice(annotation.start, annotation.end)) : '';
}
const squeeze = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** How the outside of a module moved: `changed` also where an export is gone. */
export function compareExports(before: Map<string, string>, after: Map<string, string>): 'none' | 'added' | 'changed' {
  for (const [name, shape] of before) if (after.get(name) !== shape) return 'changed';
  return after.size > before.size ? 'added' : 'none';
}

/** Whoever reaches a changed file through imports: how many steps away each is, the changed ones at none. */
export type Reach = {
  steps: Map<string, number>;
  /** Who imports a file. */
  importers: Map<string, Set<string>>;
  /** Those that may load anything, so also what changed. */
  opaque: Set<string>;
};

/**
 * What a change reaches. `packages` maps the workspace's own package names to their folders: a bare import of one counts as
 * an import of everything that its entry reaches, so of its folder.
 */
export function reachOf(changed: ReadonlySet<string>, modules: ReadonlyMap<string, Imports>, packages: ReadonlyMap<string, string>): Reach {
  const paths = new Set(modules.keys());
  const importers = new Map<string, Set<string>>();
  const opaque = new Set<string>();
  const link = (importer: string, target: string) => {
    const known = importers.get(target) ?? new Set();
    importers.set(target, known.add(importer));
  };
  for (const [path, facts] of modules) {
    if (facts.opaque) opaque.add(path);
    for (const specifier of facts.imports) for (const target of targetsOf(specifier, path, paths, packages)) link(path, target);
  }
  const steps = new Map([...changed].map((path) => [path, 0]));
  // Whoever may load anything depends on everything.
  let next = changed.size > 0 ? [...opaque].filter((path) => !changed.has(path)) : [];
  let near = [...changed];
  for (let step = 1; near.length > 0 || next.length > 0; step++) {
    for (const path of near) for (const importer of importers.get(path) ?? []) next.push(importer);
    near = [];
    for (const path of next)
      if (!steps.has(path)) {
        steps.set(path, step);
        near.push(path);
      }
    next = [];
  }
  return { steps, importers, opaque };
}

/** Files that reach a changed one through imports. */
export const dependentsOf = (...of: Parameters<typeof reachOf>): string[] =>
  [...reachOf(...of).steps]
    .filter(([, steps]) => steps > 0)
    .map(([path]) => path)
    .sort();

/** So much of it is drawn; more than that nobody reads. */
export const graphLimits = { nodes: 200, edges: 400 };

/**
 * The nearest part of what a change reaches as a graph, with what was left out of it in numbers. `fits` says what belongs
 * in it at all.
 */
export function graphOf(
  { steps, importers, opaque }: Reach,
  layerOf: (path: string) => number | null,
  fits: (path: string) => boolean,
): NonNullable<BlastRadius['graph']> {
  const all = [...steps].filter(([path]) => fits(path)).sort(([a, m], [b, n]) => m - n || (a < b ? -1 : 1));
  const shown = all.slice(0, graphLimits.nodes);
  const places = new Map(shown.map(([path], i) => [path, i]));
  const edges = all.flatMap(([path, step]) =>
    [...(importers.get(path) ?? [])]
      .filter((importer) => importer !== path && steps.has(importer) && fits(importer))
      .sort()
      // Lines that lead away from the change come first: these say why a file is reached.
      .map((importer) => ({ importer, path, leads: (steps.get(importer) ?? 0) > step })),
  );
  const drawn = edges
    .sort((a, b) => Number(b.leads) - Number(a.leads))
    .flatMap(({ importer, path }) => {
      const [from, to] = [places.get(importer), places.get(path)];
      return from === undefined || to === undefined ? [] : [{ from, to }];
    })
    .slice(0, graphLimits.edges);
  return {
    nodes: shown.map(([path, step]) => ({
      path,
      layer: layerOf(path),
      steps: step,
      ...(step > 0 && opaque.has(path) ? { opaque: true } : {}),
    })),
    edges: drawn,
    leftOut: { nodes: all.length - shown.length, edges: edges.length - drawn.length },
  };
}

function targetsOf(specifier: string, importer: string, paths: ReadonlySet<string>, packages: ReadonlyMap<string, string>): string[] {
  const clean = specifier.replace(/[?#].*$/, '');
  if (clean.startsWith('.')) {
    const found = resolveRelative(posix.join(posix.dirname(importer), clean), paths);
    return found ? [found] : [];
  }
  // An alias of a tool's configuration (`@/x`, `#x`, `src/x`): take what ends like it, rather too much than too little.
  const name = clean.startsWith('@') ? clean.split('/').slice(0, 2).join('/') : (clean.split('/')[0] ?? '');
  const folder = packages.get(name);
  if (folder !== undefined) {
    const rest = clean.slice(name.length + 1);
    const exact = rest
      ? (resolveRelative(posix.join(folder, rest), paths) ?? resolveRelative(posix.join(folder, 'src', rest), paths))
      : null;
    return exact ? [exact] : entriesOf(folder, paths);
  }
  const tail = /^(?:@|~|#)\/?(.+)$/.exec(clean)?.[1] ?? (clean.includes('/') ? clean : null);
  if (!tail || clean.startsWith('node:')) return [];
  const found = ['', 'src/'].map((prefix) => resolveRelative(prefix + tail, paths)).filter((path) => path !== null);
  return found;
}

function resolveRelative(path: string, paths: ReadonlySet<string>): string | null {
  // Most name the very file, and there are many: nothing is put together before it is looked for.
  if (paths.has(path)) return path;
  const withExtension = (stem: string) => extensions.map((ext) => stem + ext).find((candidate) => paths.has(candidate));
  const withoutJs = path.replace(/\.([mc]?)jsx?$/, '');
  return (
    withExtension(path) ??
    // TypeScript's own spelling: `./x.js` names x.ts.
    (withoutJs === path ? undefined : withExtension(withoutJs)) ??
    withExtension(posix.join(path, 'index')) ??
    null
  );
}

function entriesOf(folder: string, paths: ReadonlySet<string>): string[] {
  const prefix = folder === '.' || folder === '' ? '' : `${folder}/`;
  const direct = [...paths].filter(
    (path) => path.startsWith(prefix) && /^(src\/|lib\/)?(index|main|vocabulary)\.[mc]?[jt]sx?$/.test(path.slice(prefix.length)),
  );
  return direct.length > 0 ? direct : [...paths].filter((path) => path.startsWith(prefix));
}
