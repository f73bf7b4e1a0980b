/** Before the specs in a process of Stryker's Mocha runner: TypeScript, and who stands in for Vitest. */
import { register } from 'node:module';
import 'tsx';

register('./resolve-vitest.mjs', import.meta.url);
process.env.REEVE_PROPERTY_RUNS = '25';
