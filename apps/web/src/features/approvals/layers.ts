/** Layer 1 is the agents' core reasoning, 4 their tools; the numbers are what repositories are registered with. */
export const layerName = (layer: number | null): string =>
  layer === null ? 'no layer' : layer === 1 ? 'layer 1 · core reasoning' : layer === 4 ? 'layer 4 · tools' : `layer ${layer}`;
