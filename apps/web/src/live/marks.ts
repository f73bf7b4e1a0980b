/** Moments that benches and traces measure between: `reeve:asked`, `reeve:data`, `reeve:tree-painted`. Each once a load. */
const seen = new Set<string>();
export function mark(name: string): void {
  if (seen.has(name) || typeof performance === 'undefined') return;
  seen.add(name);
  performance.mark(`reeve:${name}`);
}
