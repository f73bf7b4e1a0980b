import type { AgentState } from '@reeve/core/vocabulary';
import { agentMarks, type Tone } from '@/vocabulary/state-marks';

/** The theme's colours as the canvas needs them. */
export type Palette = {
  tone: Record<Tone, string>;
  edge: string;
  accent: string;
  surface: string;
  line: string;
  ink: string;
  ink3: string;
  font: string;
};

export function readPalette(element: Element): Palette {
  const css = getComputedStyle(element);
  const v = (name: string) => css.getPropertyValue(name).trim();
  return {
    tone: {
      neutral: v('--tone-neutral'),
      active: v('--tone-active'),
      success: v('--tone-success'),
      attention: v('--tone-attention'),
      danger: v('--tone-danger'),
    },
    edge: v('--edge'),
    accent: v('--accent'),
    surface: v('--surface'),
    line: v('--line-strong'),
    ink: v('--ink'),
    ink3: v('--ink-3'),
    font: css.fontFamily,
  };
}
export const toneOf = (state: AgentState): Tone => agentMarks[state].tone;
export const tones = ['neutral', 'active', 'success', 'attention', 'danger'] as const satisfies readonly Tone[];

/** `#rrggbb` as one little-endian RGBA word, for ImageData. */
export function pixelOf(hex: string): number {
  const n = Number.parseInt(hex.slice(1, 7), 16);
  return ((255 << 24) | ((n & 0xff) << 16) | (n & 0xff00) | (n >> 16)) >>> 0;
}
