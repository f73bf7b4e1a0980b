import { callers, type Outcome } from './callers.ts';
import { expected } from './expected.ts';

const words: Record<Outcome, string> = { yes: 'yes', own: 'own', unauthenticated: '401', forbidden: '403', absent: '404', fenced: '409' };

/** The matrix for people to read: docs/who-may-what.md. */
export function page(paths: readonly string[]): string {
  const known = callers.filter((c) => expected(paths[0] as string, c) !== 'unauthenticated');
  const nobody = callers.filter((c) => !known.includes(c));
  const rows = [...paths].sort().map((path) => `| ${path} | ${known.map((c) => words[expected(path, c)]).join(' | ')} |`);
  return `# Who may call what

Made from \`apps/server/src/trpc/roles.ts\`; \`apps/server/test/security/matrix.test.ts\` asks a running server for every cell. After a
change of the rules: \`npx vitest run apps/server/test/security/matrix.test.ts -u\`, and read the difference.

Each call is aimed at one agent, the *target*, or at what belongs to it. **yes**: let in. **own**: let in, and gets and touches only
what is its own. **403**: may not call this at all, or is told why not. **404**: the target is as good as absent. **409**: fenced by a stop. Whoever
is ${nobody.join(', ')} gets 401 everywhere. People and tokens have a role in their project; each role may all that those before it may.

| call | ${known.join(' | ')} |
|---|${known.map(() => '---|').join('')}
${rows.join('\n')}
`;
}
