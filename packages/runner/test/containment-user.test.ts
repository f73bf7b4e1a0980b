import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { containmentOrder } from '../src/containment/choose.ts';
import type { EscapesTold } from './escapes-child.ts';
import type { Shape } from './shapes.ts';

/** As in `containment.test.ts`, which runs as whoever runs the tests. */
const escapes = Number(process.env.REEVE_ESCAPES ?? 5);
const child = fileURLToPath(new URL('./escapes-child.ts', import.meta.url));
const nobody = 65_534;
/** As nobody, who may read this checkout and writes to the system's own folder for temporary files. */
const asUser = (args: string[]) => [
  '--reuid',
  `${nobody}`,
  '--regid',
  `${nobody}`,
  '--clear-groups',
  'env',
  'TMPDIR=/tmp',
  'HOME=/',
  ...args,
];
/** Another user can only be had by root, with `setpriv`, on a checkout that others may read. */
const can =
  process.platform === 'linux' &&
  process.getuid?.() === 0 &&
  spawnSync('setpriv', asUser([process.execPath, '-e', `require('fs').readFileSync(${JSON.stringify(child)})`])).status === 0;

describe.skipIf(!can)('containment for an ordinary user', () => {
  it.each(containmentOrder)(
    'by %s ends every shape of descendant, or is not offered',
    async (level) => {
      const cwd = fileURLToPath(new URL('..', import.meta.url));
      const args = asUser([process.execPath, '--import', 'tsx', child, level, String(escapes)]);
      const { stdout } = await promisify(execFile)('setpriv', args, { cwd });
      const told = JSON.parse(stdout) as EscapesTold;
      expect(told.uid).toBe(nobody);
      if (told.refused !== undefined) {
        // a cgroup needs one that was handed over; a user namespace may be forbidden; the weakest is always there
        expect(told.refused).toContain(`${level}: `);
        expect(level).not.toBe('process-group');
        return;
      }
      const beyond: Shape[] = level === 'process-group' ? ['env -i setsid, parent gone'] : [];
      expect(told.rounds).toEqual(Array.from({ length: escapes }, () => ({ left: beyond, survivors: 0, caveat: beyond.length > 0 })));
    },
    60_000 + 5_000 * escapes,
  );
});
