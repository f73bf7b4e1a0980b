'use client';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { Row } from '../visible-tree';
import { layoutTree, type Placed } from './layout';

/** Rows with their places; both change together, so nothing is ever drawn with the places of another moment. */
export type Scene = { rows: Row[]; placed: Placed };

/** Up to this many rows a layout takes less than a frame and is done at once. */
const inlineRows = 1200;

export function usePlaced(rows: Row[]): Scene | null {
  const parents = useMemo(() => Int32Array.from(rows, (r) => r.parent), [rows]);
  const inline = rows.length <= inlineRows;
  const here = useMemo<Scene | null>(() => (inline ? { rows, placed: layoutTree(parents) } : null), [inline, rows, parents]);
  const [there, setThere] = useState<Scene | null>(null);
  const worker = useRef<Worker | null>(null);
  useEffect(() => {
    if (inline) return;
    worker.current ??= new Worker(new URL('./layout.worker.ts', import.meta.url), { type: 'module' });
    let wanted = true;
    const ticket = Math.random();
    const onMessage = (e: MessageEvent<{ ticket: number; placed: Placed }>) => {
      if (wanted && e.data.ticket === ticket) setThere({ rows, placed: e.data.placed });
    };
    worker.current.addEventListener('message', onMessage);
    worker.current.postMessage({ ticket, parents });
    return () => {
      wanted = false;
      worker.current?.removeEventListener('message', onMessage);
    };
  }, [inline, rows, parents]);
  useEffect(() => () => worker.current?.terminate(), []);
  // while the worker computes, the last scene stays on screen
  const last = useRef<Scene | null>(null);
  const scene = here ?? (there?.rows === rows ? there : last.current);
  last.current = scene;
  return scene;
}
