// `pnpm licences`: whether each package that is installed has a licence that somebody has looked at. A new one, or one of the second
// table elsewhere than where it was accepted, fails: then decide, and write it down here.
import { execFileSync } from 'node:child_process';
import { env, root } from './lib/env.mjs';
import { pnpm } from './lib/pnpm.mjs';

const accepted = new Set([
  ...['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'BlueOak-1.0.0', 'Unlicense', 'CC0-1.0', 'Python-2.0'],
  ...['MIT OR Apache-2.0', '(MIT OR CC0-1.0)', '(AFL-2.1 OR BSD-3-Clause)', 'MIT and ISC', 'MIT AND ISC AND BSD-3-Clause'],
]);
/** Of these not every package: each is used as it comes, changed nowhere, and its terms allow that. */
const acceptedIn = {
  'MPL-2.0': /^lightningcss(-|$)/, // builds style sheets
  'LGPL-3.0-or-later': /^@img\/sharp-libvips-/, // a library of its own that the build of the dashboard may load
  'EPL-2.0': /^elkjs$/, // of Prisma's own tools
  'CC-BY-4.0': /^caniuse-lite$/, // data about browsers, for the build
};

// the tools for mutants are not installed with the rest, and are no part of what runs
const [command, args] = pnpm('--filter=!@reeve/mutation', 'licenses', 'list', '--json');
const listed = JSON.parse(execFileSync(command, args, { cwd: root, env, encoding: 'utf8', maxBuffer: 64 << 20 }));
const all = Object.entries(listed).flatMap(([licence, list]) => list.map(({ name, versions }) => ({ licence, name, versions })));
const refused = all.filter(({ licence, name }) => !accepted.has(licence) && !acceptedIn[licence]?.test(name));
for (const { name, versions, licence } of refused)
  console.error(`${name} ${versions.join(', ')}: ${licence} is not accepted in scripts/licences.mjs`);
if (all.length === 0) console.error('no package is installed, so none was looked at');
if (refused.length || all.length === 0) process.exit(1);
console.log(`${all.length} packages, all under licences that were looked at`);
