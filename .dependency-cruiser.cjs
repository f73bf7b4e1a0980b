// Who may import whom (docs/ARCHITECTURE.md, "Who may import whom"), checked by `npm test` and `pnpm boundaries`.
//
//   web → core/vocabulary; of the server the type AppRouter alone      runner → core, agent
//   server → core, prisma, runner (types)                              agent → core; of the server the type alone
//   core → nothing, no Node either                                     prisma → nothing of ours; its seed → core
//   demo, e2e, bench → agent, core; bench → what it measures  scripts → Node's built-ins
//
// Imports that are types only count too: a circle of types is a circle in the reader's head.

const TESTS = '^[^n].*(\\.test\\.tsx?$|/test/|/testing/)'; // of ours, not in node_modules
const ROUTER = '^apps/server/src/trpc/router\\.ts$';
const VOCABULARY = '^packages/core/src/vocabulary\\.ts$';

/** `from` may import nothing of the workspace but itself and what matches `allowed`. */
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: '^(apps|packages|prisma|demo|e2e|bench|scripts)/', pathNot: [from, ...allowed] },
});

/** `from` may not import `to`: an arrow upward. */
const never = (name, from, to, comment, more = {}) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, pathNot: more.except },
  to: { path: to, ...more.to },
});

module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-missing-files', severity: 'error', from: {}, to: { couldNotResolve: true } },
    never('no-tests-in-sources', '.', TESTS, 'Only tests import tests and what helps them.', { except: TESTS }),

    only('web', '^apps/web/', [VOCABULARY, ROUTER], 'The browser gets the vocabulary, and of the server a type.'),
    only('server', '^apps/server/', ['^packages/core/', '^prisma/', '^packages/runner/', '^packages/agent/', '^demo/src/index\\.ts$'], 'The server stands on core and prisma.'),
    only('runner', '^packages/runner/', ['^packages/core/', '^packages/agent/'], 'A runner is an agent author like any other.'),
    only('agent', '^packages/agent/', ['^packages/core/', ROUTER], 'Agent authors get a client, not the server.'),
    only('core', '^packages/core/', [], 'The supervisor depends on nothing of ours.'),
    only('prisma', '^prisma/(?!seed/)', [], 'Schema and client know no rules.'),
    only('seed', '^prisma/seed/', ['^prisma/', '^packages/core/'], 'Seeded worlds come about by the rules.'),
    only('demo', '^demo/', ['^packages/core/', '^packages/agent/'], 'The demo fleet uses what any agent author uses.'),
    only('e2e', '^e2e/', ['^packages/core/', '^packages/agent/'], 'Browser tests stand outside.'),
    only('bench', '^bench/', ['^packages/core/', '^packages/agent/', '^packages/runner/src/', '^prisma/', '^apps/server/src/', '^e2e/support/'], 'What is measured is imported.'),
    only('scripts', '^scripts/', [], 'Scripts run before anything is installed.'),
    never('router-is-a-type', '^(apps/web|packages/agent)/', ROUTER, 'Of the server its type alone.', {
      to: { dependencyTypesNot: ['type-only'] },
    }),
    never('runner-is-a-type', '^apps/server/src/(?!compose\\.ts)', '^packages/runner/', 'The server gives orders to runners; compose.ts alone starts one.', {
      to: { dependencyTypesNot: ['type-only'] },
    }),
    never('demo-has-one-door', '^apps/server/src/(?!fleet/demo\\.ts)', '^demo/', 'Only what launches the demo fleet knows of it.'),
    never('no-agent-in-server', '^apps/server/src/', '^packages/agent/', 'Only the tests of the server play an agent.'),
    never('browser-safe-door', '^packages/(agent|runner)/', '^packages/core/src/index\\.ts$', "That is the server's door; theirs is the vocabulary.", {
      except: TESTS,
    }),

    {
      name: 'core-is-pure',
      comment: 'Nothing from Node: time, chance and I/O come in through ports.',
      severity: 'error',
      from: { path: '^packages/core/src/', pathNot: TESTS },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'core-needs-only-zod',
      severity: 'error',
      from: { path: '^packages/core/src/', pathNot: TESTS },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-peer', 'npm-optional'], pathNot: 'node_modules/zod/' },
    },
    never('core-kernel-is-lowest', '^packages/core/src/kernel/', '^packages/core/src/(?!kernel/)', 'Everything stands on the kernel; of what it carries it knows the types.', {
      except: TESTS,
      to: { dependencyTypesNot: ['type-only'] },
    }),
    never('core-doors-face-outward', '^packages/core/src/.+/', '^packages/core/src/(index|vocabulary)\\.ts$', 'The doors are for others.', { except: TESTS }),
    never('core-supervisor-on-top', '^packages/core/src/(agents|stop|orphans|costs|tasks|checkpoints|coordination|changes)/', '^packages/core/src/(memory/|supervisor/supervisor\\.ts)', 'A primitive does not know who conducts it.', { except: TESTS }),

    // web: app → shell → features → ui, trpc, live → vocabulary
    never('web-app-on-top', '^apps/web/src/(?!app/)', '^apps/web/src/app/', 'Routes only, imported by nobody.'),
    never('web-shell', '^apps/web/src/(?!app/|shell/)', '^apps/web/src/shell/', 'The shell holds features, not the other way.'),
    never('web-features', '^apps/web/src/(ui|trpc|live|vocabulary)/', '^apps/web/src/features/', 'What all features share knows none of them.'),
    never('web-vocabulary', '^apps/web/src/vocabulary/', '^apps/web/src/(?!vocabulary/)', 'Words stand below everything.'),

    // server: main → http → trpc/router → trpc/routers/* → core; compose.ts alone chooses adapters
    never('server-main-on-top', '^apps/server/', '^apps/server/src/main\\.ts$', 'Where it starts.'),
    never('server-compose', '^apps/server/src/(?!main\\.ts)', '^apps/server/src/compose\\.ts$', 'Nobody below it knows which adapters there are.'),
    never('server-http-above-trpc', '^apps/server/src/(trpc|store|live|ingest|mcp|auth|loops|database)/', '^apps/server/src/http/(?!origin\\.ts)', 'The procedures do not know how they were called.'),
    never('server-trpc-above-adapters', '^apps/server/src/(store|live|ingest|auth|loops|database)/', '^apps/server/src/trpc/(?!(context|failure)\\.ts)', 'Adapters import ports (context.ts), never the other way.'),
    never('server-database-is-lowest', '^apps/server/src/database/', '^apps/server/src/(?!database/)', 'It starts before anything else exists.'),

    {
      name: 'built-ins-only',
      comment: 'They run before anything is installed.',
      severity: 'error',
      from: { path: '^scripts/', pathNot: '^scripts/(schema-engine\\.mjs$|test/)' },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown', 'unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(apps/web/\\.[^/]+|generated|test-results|playwright-report|demo/library|next-env\\.d\\.ts)(/|$)' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' }, // for the alias of apps/web
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'], extensions: ['.ts', '.tsx', '.mjs', '.js'] },
    combinedDependencies: true,
    skipAnalysisNotInRules: true,
  },
};
