// `node --import tsx apps/server/test/security/code-mutants.mjs [part of a name]`, some minutes on a quiet machine: every place that bounds a caller's word (subtree, fence, epoch, end, project) is taken out in turn, in
// memory, and the matrix must turn red. Ends with 1 where one survives. The rules themselves: REEVE_RULE_MUTANTS=1 (rule-mutants.test.ts).
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createVitest } from 'vitest/node';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../../..');
const core = 'packages/core/src';
const handlers = `${core}/supervisor/handlers`;
const server = 'apps/server/src';
const read = (file) => readFileSync(join(root, file), 'utf8');

/** Each occurrence of a check by itself; the rows of the same room are to see it. */
function each(folder, pattern, without, rooms) {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .flatMap((name) => {
      const file = `${folder}/${name}`;
      const source = read(file);
      return [...source.matchAll(pattern)].map((m) => ({
        name: `${file}:${source.slice(0, m.index).split('\n').length} ${m[0]}`,
        file,
        code: source.slice(0, m.index) + without(m) + source.slice(m.index + m[0].length),
        rows: rooms[name.replace('.ts', '')] ?? name.replace('.ts', ''),
      }));
    });
}
const one = (file, find, replace, rows) => {
  const source = read(file);
  if (source.split(find).length !== 2) throw new Error(`no longer applies: ${file}: ${find}`);
  return { name: `${file}: ${find.trim()}`, file, code: source.replace(find, () => replace), rows };
};

const rooms = {
  'end-waits': '(agents|tasks).wait',
  'task-dependencies': 'tasks.depend',
  'orphan-cases': 'orphans',
  restores: 'checkpoints',
  'restore-preview': 'checkpoints',
  agents: '(agents|checkpoints)',
  checkpoints: '(agents|checkpoints)',
  stops: '(agents.stop|stops)',
  budgets: '(costs|agents.setBudget)',
};
const mutants = [
  ...each(handlers, /agentFor\(work, actor, ([\w.]+)\)/g, (m) => `agentFor(work, { kind: 'system', id: '' }, ${m[1]})`, rooms),
  ...each(
    `${server}/trpc/routers`,
    /visibleAgent\(ctx\.services\.reads, (?:ctx\.)?principal, ([\w.]+)\)/g,
    (m) => `ctx.services.reads.agent(ctx.principal.projectId, ${m[1]})`,
    { agents: '(agents|stops)', costs: 'costs' },
  ),
  one(`${core}/supervisor/work.ts`, 'return agent.path.includes(actor.id);', 'return true;', 'agents.heartbeat'),
  one(`${core}/supervisor/work.ts`, 'return agent.runnerId === actor.id;', 'return true;', 'agents.heartbeat'),
  one(`${core}/supervisor/work.ts`, 'if (fence) return fence;', '', 'tasks.claim'),
  one(`${server}/trpc/access.ts`, 'return agent.path.includes(principal.agentId);', 'return true;', 'agents.get'),
  one(`${server}/trpc/access.ts`, 'return agent.runnerId === principal.runnerId;', 'return true;', 'agents.get'),
  one(`${server}/trpc/access.ts`, "if (principal.kind === 'agent') return principal.agentId;", '', 'agents.list'),
  one(`${server}/trpc/trpc.ts`, 'if (refusal || !principal)', 'if (!principal)', 'project.get'),
  one(`${server}/trpc/routers/agents.ts`, 'return { items: [], nextCursor: null };\n      return', 'return', 'stops.list'),
  one(`${handlers}/tasks.ts`, 'if (holder && !covers(actor, holder))', 'if (!holder && actor.kind === "runner")', 'tasks.complete'),
  one(`${handlers}/costs.ts`, 'return !agent || !covers(actor, agent);', 'return !agent;', 'costs.report'),
  one(`${handlers}/budgets.ts`, '!r || !agent || !covers(actor, agent)', '!r || !agent', 'costs.release'),
  one(`${handlers}/agents.ts`, 'if (!parent || !covers(actor, parent)) return', 'if (!parent) return', 'agents.register'),
  one(`${handlers}/runners.ts`, "actor.kind === 'runner' && actor.id === id ?", "actor.kind === 'runner' ?", 'runners.poll'),
  one(`${handlers}/runners.ts`, "if (!known && actor.kind === 'agent') {", 'if (known === null) {', 'runners.register'),
  one(
    `${handlers}/task-dependencies.ts`,
    '!isOperator(actor) && task.createdBy !== actorName(actor)',
    'task.createdBy === ""',
    'tasks.depend',
  ),
  one(
    `${handlers}/changes.ts`,
    "if (actor.kind === 'agent' && !change.agentPath.includes(actor.id) && !actor.path.includes(change.agentId)) return absent('change', id);",
    '',
    'changes.approve',
  ),
  one(
    `${core}/changes/approval.ts`,
    'if (actor.id === change.agentId || actor.path.includes(change.agentId)) return',
    'if (actor.id === "") return',
    'changes.approve',
  ),
  one(
    `${core}/changes/approval.ts`,
    "if (actor.kind === 'agent' && change.agentPath.includes(actor.id)) return null;",
    "if (actor.kind === 'agent') return null;",
    'changes.withdraw',
  ),
  one(`${server}/auth/principals.ts`, '!token || isOver(token.expiresAt)', '!token', 'session.me'),
  one(
    `${server}/auth/principals.ts`,
    "session?.kind !== 'session' || isOver(session.expiresAt)",
    "session?.kind !== 'session'",
    'session.me',
  ),
];
const wanted = process.argv.slice(2);
const chosen = mutants.filter((m) => wanted.every((w) => m.name.includes(w)));

let current;
let loaded = false;
const weaken = {
  name: 'without-a-check',
  enforce: 'pre',
  transform(_, id) {
    if (!current || relative(root, id.split('?')[0]) !== current.file) return undefined;
    loaded = true;
    return { code: current.code, map: null };
  },
};
const vitest = await createVitest(
  'test',
  {
    root,
    config: false,
    watch: false,
    pool: 'threads',
    reporters: [{}],
    include: ['apps/server/test/security/matrix.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
  { plugins: [weaken], logLevel: 'silent' },
);
async function reds(rows) {
  for (const project of vitest.projects) {
    project.config.testNamePattern = new RegExp(`who may call what ${rows}`);
    for (const { moduleGraph } of Object.values(project.vite.environments)) moduleGraph.invalidateAll();
  }
  vitest.state.filesMap.clear();
  vitest.state.errorsSet.clear();
  await vitest.start([join(root, 'apps/server/test/security/matrix.test.ts')]);
  const tests = vitest.state.getTestModules().flatMap((m) => [...m.children.allTests()]);
  const of = (state) => tests.filter((t) => t.result().state === state);
  return { passed: of('passed').length, failed: of('failed').map((t) => t.name) };
}

/** Refused a second time: a spawn puts its child below its parent as a registration does. */
const heldTwice = [/agents\.ts:\d+ agentFor\(work, actor, id\)/];
const survivors = [];
for (const mutant of chosen) {
  current = mutant;
  loaded = false;
  const { passed, failed } = await reds(mutant.rows);
  const verdict = !loaded
    ? 'NOT LOADED'
    : passed + failed.length === 0
      ? 'NO ROW RAN'
      : failed.length === 0
        ? 'SURVIVES'
        : `red: ${failed.join(', ')}`;
  if (!verdict.startsWith('red') && !heldTwice.some((h) => h.test(mutant.name))) survivors.push(mutant.name);
  console.log(`${verdict.padEnd(60)} ${mutant.name}`);
}
await vitest.close();
console.log(`${chosen.length - survivors.length} of ${chosen.length} missing checks turned the matrix red`);
process.exit(survivors.length ? 1 : 0);
