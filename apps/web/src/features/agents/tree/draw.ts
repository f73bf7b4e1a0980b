import type { AgentState } from '@reeve/core/vocabulary';
import type { Tone } from '@/vocabulary/state-marks';
import { dotsBelowZoom, inView, type Size, type Viewport } from './culling';
import { type Box, card, gap } from './layout';
import { type Palette, pixelOf, toneOf, tones } from './palette';
import type { Scene } from './use-placed';

/** Below this zoom a card is smaller than a letter: pixels, no shapes. */
export const pixelsBelowZoom = 0.06;

export type Drawing = {
  scene: Scene;
  box: Box;
  /** Row indices by parent row: the trunk of a parent is drawn once, however many children hang on it. */
  children: Map<number, number[]>;
  /** Rows from the root to the selected one. */
  path: Set<number>;
  selected: number;
  stateOf(id: string): AgentState | undefined;
  nameOf(id: string): string;
};
export function childrenByParent(scene: Scene): Map<number, number[]> {
  const map = new Map<number, number[]>();
  scene.rows.forEach((r, i) => {
    if (r.parent < 0) return;
    const list = map.get(r.parent);
    if (list) list.push(i);
    else map.set(r.parent, [i]);
  });
  return map;
}

/** Everything that is not a mounted card: edges always, the agents themselves while they are too small to read. */
export function drawTree(c: CanvasRenderingContext2D, d: Drawing, v: Viewport, size: Size, colours: Palette, ratio: number): void {
  c.setTransform(1, 0, 0, 1, 0, 0);
  c.clearRect(0, 0, size.width * ratio, size.height * ratio);
  const far = v.zoom < dotsBelowZoom;
  const seen = far ? inView(d.scene.placed, v, size, 8) : [];
  c.setTransform(ratio * v.zoom, 0, 0, ratio * v.zoom, ratio * v.x, ratio * v.y);
  // pixels replace the whole picture, and lines would only be fog behind them
  const dots = far && (seen.length > 3000 || v.zoom < pixelsBelowZoom);
  if (dots) drawPixels(c, d, v, size, colours, ratio);
  else drawEdges(c, d, v, size, colours);
  if (far && !dots) drawSilhouettes(c, d, seen, v.zoom, colours);
}

function drawEdges(c: CanvasRenderingContext2D, d: Drawing, v: Viewport, size: Size, colours: Palette): void {
  const { x, y } = d.scene.placed;
  const [left, top] = [-v.x / v.zoom, -v.y / v.zoom];
  const [right, bottom] = [left + size.width / v.zoom, top + size.height / v.zoom];
  const half = card.height / 2;
  const normal = new Path2D();
  const chosen = new Path2D();
  for (const [parent, kids] of d.children) {
    const startX = (x[parent] as number) + card.width;
    const trunkX = startX + gap.x / 2;
    if (trunkX + gap.x < left || startX > right) continue;
    const fromY = (y[parent] as number) + half;
    const first = (y[kids[0] as number] as number) + half;
    const last = (y[kids.at(-1) as number] as number) + half;
    if (Math.max(first, last, fromY) < top || Math.min(first, last, fromY) > bottom) continue;
    normal.moveTo(startX, fromY);
    normal.lineTo(trunkX, fromY);
    for (const kid of kids) {
      const toY = (y[kid] as number) + half;
      if (toY < top - 40 || toY > bottom + 40) continue;
      elbow(normal, trunkX, fromY, toY);
      if (d.path.has(kid)) {
        chosen.moveTo(startX, fromY);
        chosen.lineTo(trunkX, fromY);
        chosen.lineTo(trunkX, toY + Math.sign(fromY - toY) * Math.min(8, Math.abs(toY - fromY)));
        elbow(chosen, trunkX, fromY, toY);
      }
    }
    // the trunk, cut to the screen: canvases dislike lines of a million pixels
    normal.moveTo(trunkX, Math.max(Math.min(first + 8, fromY), top - 40));
    normal.lineTo(trunkX, Math.min(Math.max(last - 8, fromY), bottom + 40));
  }
  c.lineWidth = Math.max(1.25, 0.75 / v.zoom);
  c.strokeStyle = colours.edge;
  c.stroke(normal);
  c.lineWidth = Math.max(2, 1.5 / v.zoom);
  c.strokeStyle = colours.accent;
  c.stroke(chosen);
}
function elbow(p: Path2D, trunkX: number, fromY: number, toY: number): void {
  const endX = trunkX + gap.x / 2;
  const r = Math.min(8, Math.abs(toY - fromY));
  if (r < 1) {
    p.moveTo(trunkX, toY);
    p.lineTo(endX, toY);
    return;
  }
  p.moveTo(trunkX, toY > fromY ? toY - r : toY + r);
  p.quadraticCurveTo(trunkX, toY, trunkX + r, toY);
  p.lineTo(endX, toY);
}

/** Small cards: an outline, the tone, and the name as long as ten pixels of text fit. */
function drawSilhouettes(c: CanvasRenderingContext2D, d: Drawing, seen: number[], zoom: number, colours: Palette): void {
  const { x, y } = d.scene.placed;
  const cards = new Path2D();
  const dots = Object.fromEntries(tones.map((t) => [t, new Path2D()])) as Record<(typeof tones)[number], Path2D>;
  const radius = Math.max(12, 3 / zoom);
  const labels = zoom > 0.24;
  for (const i of seen) {
    const row = d.scene.rows[i];
    const state = row?.kind === 'agent' ? d.stateOf(row.id) : undefined;
    const [px, py] = [x[i] as number, y[i] as number];
    if (labels) cards.roundRect(px, py, card.width, card.height, 12);
    if (!state) continue;
    const cx = labels ? px + 28 : px + card.width / 2;
    const cy = py + card.height / 2;
    const dot = dots[toneOf(state)];
    dot.moveTo(cx + radius, cy);
    dot.arc(cx, cy, radius, 0, 7);
  }
  if (labels) {
    c.fillStyle = colours.surface;
    c.fill(cards);
    c.lineWidth = 1 / zoom;
    c.strokeStyle = colours.line;
    c.stroke(cards);
  }
  for (const t of tones) {
    c.fillStyle = colours.tone[t];
    c.fill(dots[t]);
  }
  if (labels) {
    c.fillStyle = colours.ink;
    c.font = `${10.5 / zoom}px ${colours.font}`;
    c.textBaseline = 'middle';
    const room = Math.floor((card.width - 58) / (5.9 / zoom));
    for (const i of seen) {
      const row = d.scene.rows[i];
      if (!row) continue;
      const text = row.kind === 'agent' ? d.nameOf(row.id) : `+${row.hidden.length} more`;
      const [px, py] = [x[i] as number, y[i] as number];
      c.fillText(text.length > room ? `${text.slice(0, Math.max(1, room - 1))}…` : text, px + 28 + radius + 10, py + card.height / 2);
    }
  }
  if (d.selected >= 0) {
    c.lineWidth = 2 / zoom;
    c.strokeStyle = colours.accent;
    c.beginPath();
    c.roundRect((x[d.selected] as number) - 4, (y[d.selected] as number) - 4, card.width + 8, card.height + 8, 14);
    c.stroke();
  }
}

/** One buffer, used again: reading the canvas back, or a new four megabytes each time, cost more than the drawing. */
let buffer: { image: ImageData; words: Uint32Array } | null = null;
function blankImage(c: CanvasRenderingContext2D, w: number, h: number) {
  if (buffer?.image.width === w && buffer.image.height === h) buffer.words.fill(0);
  else {
    const image = c.createImageData(w, h);
    buffer = { image, words: new Uint32Array(image.data.buffer) };
  }
  return buffer;
}

/**
 * Pixels: 50,000 agents in 6.9 ms, where paths take 90 to 148. Agents that fall on the same line of a column share its
 * width, so a column shows states in their true proportion.
 */
function drawPixels(c: CanvasRenderingContext2D, d: Drawing, v: Viewport, size: Size, colours: Palette, ratio: number): void {
  const [w, h] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
  if (!w || !h) return;
  const { image, words } = blankImage(c, w, h);
  const { placed, rows } = d.scene;
  const columns = stretched(d.box, v, size);
  const high = Math.max(2, Math.round(card.height * v.zoom * ratio));
  const wide = Math.max(3, Math.round(card.width * columns.scale * ratio));
  const lines = Math.ceil(h / high) + 1;
  const lineOf = (i: number) => Math.floor((((placed.y[i] as number) * v.zoom + v.y) * ratio) / high);
  const sharing = new Map<number, number>();
  const seen: number[] = [];
  rows.forEach((row, i) => {
    const line = lineOf(i);
    if (row.kind !== 'agent' || line < 0 || line >= lines) return;
    seen.push(i);
    const place = row.depth * lines + line;
    sharing.set(place, (sharing.get(place) ?? 0) + 1);
  });
  const colour = Object.fromEntries(tones.map((t) => [t, pixelOf(colours.tone[t])])) as Record<Tone, number>;
  const taken = new Map<number, number>();
  for (const i of seen) {
    const row = rows[i];
    const state = row && d.stateOf(row.id);
    if (!row || !state) continue;
    const place = row.depth * lines + lineOf(i);
    const slot = taken.get(place) ?? 0;
    taken.set(place, slot + 1);
    const share = wide / (sharing.get(place) ?? 1);
    const from = columns.screenX(placed.x[i] as number) * ratio + slot * share;
    const left = Math.max(0, Math.round(from));
    const right = Math.min(w, Math.max(Math.round(from + share), left + 1));
    const top = lineOf(i) * high;
    if (right <= left) continue;
    // a hair of ground between lines, where there is room for it
    for (let y = top; y < Math.min(h, top + Math.max(2, high - 1)); y++) words.fill(colour[toneOf(state)], y * w + left, y * w + right);
  }
  c.putImageData(image, 0, 0);
}

/**
 * Seen from very far a tree of thousands is a thread: ten columns wide, ten thousand rows high. The columns are then
 * drawn wider than they are, more so the farther away, and the picture becomes a chart of depth by subtree.
 */
export function stretched(box: Box, v: Viewport, size: Size): { scale: number; screenX(x: number): number; flowX(px: number): number } {
  const share = Math.min(1, Math.max(0, Math.log(pixelsBelowZoom / v.zoom) / Math.log(6)));
  const full = Math.max(1, (0.6 * size.width) / (box.width * v.zoom));
  const scale = v.zoom * (1 + (full - 1) * share);
  const middle = box.x + box.width / 2;
  const at = v.x + middle * v.zoom;
  return { scale, screenX: (x) => at + (x - middle) * scale, flowX: (px) => middle + (px - at) / scale };
}
