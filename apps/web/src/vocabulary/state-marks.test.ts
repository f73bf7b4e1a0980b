import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { agentMarks, agentStateOrder, changeMarks, conditionMarks, taskMarks } from './state-marks';

const css = readFileSync(new URL('../app/globals.css', import.meta.url), 'utf8');
const block = (selector: string) => new RegExp(`${selector} \\{([^}]*)\\}`).exec(css)?.[1] ?? '';
const themes = { light: block('\\.on-light'), dark: block('\\.dark') };
const colour = (theme: keyof typeof themes, name: string) => new RegExp(`--${name}: (#[0-9a-f]{6})`, 'i').exec(themes[theme])?.[1] ?? '';
const channel = (v: number) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
const luminance = (hex: string) =>
  [1, 3, 5]
    .map((i) => channel(Number.parseInt(hex.slice(i, i + 2), 16) / 255))
    .reduce((sum, c, i) => sum + c * ([0.2126, 0.7152, 0.0722][i] as number), 0);
const contrast = (a: string, b: string) => {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
};

describe('marks', () => {
  it.each([
    ['agents', agentMarks],
    ['conditions', conditionMarks],
    ['tasks', taskMarks],
    ['changes', changeMarks],
  ])('%s: no two look the same without colour', (_, marks) => {
    const shapes = Object.values(marks).map((m) => m.glyph);
    expect(new Set(shapes).size).toBe(shapes.length);
  });
  it('order every agent state', () => {
    expect([...agentStateOrder].sort()).toEqual(Object.keys(agentMarks).sort());
  });
});

describe.each(['light', 'dark'] as const)('contrast in %s', (theme) => {
  const surfaces = ['bg', 'surface', 'raised', 'sunken', 'hover'];
  it.each(['ink', 'ink-2', 'ink-3', 'accent', 'tone-neutral', 'tone-active', 'tone-success', 'tone-attention', 'tone-danger'])(
    '%s is readable on every surface',
    (name) => {
      for (const s of surfaces) expect(contrast(colour(theme, name), colour(theme, s)), `${name} on ${s}`).toBeGreaterThanOrEqual(4.5);
    },
  );
  it.each(['neutral', 'active', 'success', 'attention', 'danger'])('tone %s is readable on its soft surface', (t) => {
    expect(contrast(colour(theme, `tone-${t}`), colour(theme, `soft-${t}`))).toBeGreaterThanOrEqual(4.5);
  });
  it('the primary and the danger button are readable', () => {
    expect(contrast(colour(theme, 'accent'), colour(theme, 'accent-ink'))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(colour(theme, 'tone-danger'), theme === 'light' ? '#ffffff' : '#1a0508')).toBeGreaterThanOrEqual(4.5);
  });
});
