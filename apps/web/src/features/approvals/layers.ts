/** As `layerNames` of the core, which the browser does not load. */
const names: Record<number, string> = { 1: 'core reasoning', 2: 'orchestration', 3: 'agents', 4: 'tools' };
export const layerName = (layer: number | null): string =>
  layer === null ? 'no layer' : `layer ${layer}${names[layer] ? ` · ${names[layer]}` : ''}`;
