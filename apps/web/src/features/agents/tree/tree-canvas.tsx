'use client';
import { useStoreApi } from '@xyflow/react';
import { useTheme } from 'next-themes';
import { useEffect, useMemo, useRef } from 'react';
import { mark, useLiveStore } from '@/live';
import { dotsBelowZoom } from './culling';
import { childrenByParent, type Drawing, drawTree } from './draw';
import { boundsOf } from './layout';
import { readPalette } from './palette';
import type { Scene } from './use-placed';

/** The layer under the cards. It follows the viewport by subscription, never by React. */
export function TreeCanvas({ scene, selected }: { scene: Scene; selected: string | null }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const flow = useStoreApi();
  const live = useLiveStore();
  const { resolvedTheme } = useTheme();
  const drawing = useMemo<Drawing>(() => {
    const at = selected === null ? -1 : scene.rows.findIndex((r) => r.key === selected);
    const path = new Set<number>();
    for (let i = at; i >= 0; i = scene.rows[i]?.parent ?? -1) path.add(i);
    return {
      scene,
      box: boundsOf(scene.placed),
      children: childrenByParent(scene),
      path,
      selected: at,
      stateOf: (id) => live.agents.get(id)?.state,
      nameOf: (id) => live.agents.get(id)?.name ?? '',
    };
  }, [scene, selected, live]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme changes what getComputedStyle answers
  useEffect(() => {
    const element = canvas.current;
    const c = element?.getContext('2d', { willReadFrequently: false });
    if (!element || !c) return;
    const colours = readPalette(element);
    let frame = 0;
    let drawn = '';
    const draw = () => {
      frame = 0;
      const { transform, width, height } = flow.getState();
      if (!width || !height) return;
      const ratio = Math.min(window.devicePixelRatio || 1, 2);
      if (element.width !== Math.round(width * ratio) || element.height !== Math.round(height * ratio)) {
        element.width = Math.round(width * ratio);
        element.height = Math.round(height * ratio);
      }
      drawTree(c, drawing, { x: transform[0], y: transform[1], zoom: transform[2] }, { width, height }, colours, ratio);
      if (drawing.scene.rows.length) mark('tree-painted');
    };
    const soon = () => {
      frame ||= requestAnimationFrame(draw);
    };
    draw();
    const offFlow = flow.subscribe((s) => {
      const now = `${s.transform.join()} ${s.width} ${s.height}`;
      if (now === drawn) return;
      drawn = now;
      soon();
    });
    // from near, the cards show the states themselves; from afar, a dot may be a tenth of a second late
    let later: ReturnType<typeof setTimeout> | undefined;
    const offStates = live.subscribeTopic('states', () => {
      if (flow.getState().transform[2] >= dotsBelowZoom) return;
      later ??= setTimeout(() => {
        later = undefined;
        soon();
      }, 100);
    });
    return () => {
      offFlow();
      offStates();
      clearTimeout(later);
      cancelAnimationFrame(frame);
    };
  }, [drawing, flow, live, resolvedTheme]);

  return <canvas ref={canvas} aria-hidden className="pointer-events-none absolute inset-0 -z-10 size-full font-sans" />;
}
