/** Loader hook: the specs get `vitest-in-mocha.ts` for `vitest`. */
const shim = new URL('./vitest-in-mocha.ts', import.meta.url).href;
export const resolve = (specifier, context, next) => (specifier === 'vitest' ? next(shim, context) : next(specifier, context));
