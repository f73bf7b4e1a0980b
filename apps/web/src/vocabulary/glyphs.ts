/**
 * Every glyph as path data in a 16 × 16 box: SVG and canvas draw the same shapes. A glyph carries its meaning without
 * colour, so no two of them may share an outline.
 */
export type GlyphPart = { d: string; fill?: boolean; dash?: string };
const circle = (r: number) => `M${8 + r} 8a${r} ${r} 0 1 1 ${-2 * r} 0a${r} ${r} 0 1 1 ${2 * r} 0z`;
const bars = (filled: number): GlyphPart[] =>
  [0, 1, 2, 3].map((i) => ({ d: `M${1.5 + i * 3.5} ${i < filled ? 3 : 8}h2.5v${i < filled ? 10 : 5}h-2.5z`, fill: true }));

export const glyphs = {
  ring: [{ d: circle(5) }],
  disc: [{ d: circle(5.5), fill: true }],
  'half-disc': [{ d: circle(5) }, { d: 'M8 3a5 5 0 0 1 0 10z', fill: true }],
  'dashed-ring': [{ d: circle(5.25), dash: '2.75 2.75' }],
  'slashed-disc': [{ d: circle(5.25) }, { d: 'M4.3 11.7l7.4-7.4' }],
  square: [{ d: 'M4 4h8v8H4z', fill: true }],
  'hollow-square': [{ d: 'M4 4h8v8H4z' }],
  diamond: [{ d: 'M8 2l6 6-6 6-6-6z', fill: true }],
  triangle: [{ d: 'M8 2.5l6.2 11H1.8z' }, { d: 'M8 6.5v3.2M8 11.4v.6' }],
  octagon: [{ d: 'M5.4 1.8h5.2l3.6 3.6v5.2l-3.6 3.6H5.4l-3.6-3.6V5.4z', fill: true }],
  tick: [{ d: 'M2.8 8.6l3.4 3.4 7-7.4' }],
  cross: [{ d: 'M3.8 3.8l8.4 8.4M12.2 3.8l-8.4 8.4' }],
  question: [{ d: 'M5 5.6A3 3 0 0 1 11 5.8c0 2.1-3 2.3-3 4.4M8 12.6v.6' }],
  'back-arrow': [{ d: 'M6.2 3L2.6 6.5 6.2 10M2.8 6.5h6.7a3.5 3.5 0 0 1 0 7H7' }],
  'broken-link': [
    {
      d: 'M6.6 4.2l1.5-1.5a3.2 3.2 0 0 1 4.6 4.6l-1.5 1.5M9.4 11.8l-1.5 1.5a3.2 3.2 0 0 1-4.6-4.6l1.5-1.5M5 2v1.6M2 5h1.6M11 14v-1.6M14 11h-1.6',
    },
  ],
  clock: [{ d: circle(5.5) }, { d: 'M8 5v3.2l2 1.4' }],
  bar: [{ d: circle(5.5) }, { d: 'M5.4 8h5.2' }],
  tray: [{ d: 'M2.2 9.4L4 3.4h8l1.8 6v3.4H2.2zM2.4 9.4h3l1 1.6h3.2l1-1.6h3' }],
  merge: [{ d: 'M4.5 2.5v11M4.5 4c0 4 3 4.5 7 4.5M9.2 6l2.6 2.5L9.2 11' }],
  lock: [{ d: 'M3.6 7.4h8.8v6H3.6zM5.4 7.2V5.4a2.6 2.6 0 0 1 5.2 0v1.8' }],
  'steps-1': bars(1),
  'steps-2': bars(2),
  'steps-3': bars(3),
  'steps-4': bars(4),
} as const satisfies Record<string, readonly GlyphPart[]>;
export type GlyphName = keyof typeof glyphs;
