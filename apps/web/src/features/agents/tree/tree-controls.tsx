'use client';
import { useReactFlow, useStore, useStoreApi } from '@xyflow/react';
import { Maximize, Minus, Plus } from 'lucide-react';
import { IconButton } from '@/ui/button';
import { useReducedMotion } from '@/ui/use-media';
import { boundsOf } from './layout';
import type { Scene } from './use-placed';

/** Zoom in, out, and all of it. */
export function TreeControls({ scene }: { scene: Scene }) {
  const flow = useReactFlow();
  const store = useStoreApi();
  const percent = useStore((s) => Math.round(s.transform[2] * 100));
  const duration = useReducedMotion() ? 0 : 160;
  const fit = () => {
    const { width, height, minZoom } = store.getState();
    const b = boundsOf(scene.placed);
    const pad = 40;
    const zoom = Math.max(minZoom, Math.min((width - 2 * pad) / b.width, (height - 2 * pad) / b.height, 1));
    void flow.setViewport(
      { zoom, x: (width - b.width * zoom) / 2 - b.x * zoom, y: (height - b.height * zoom) / 2 - b.y * zoom },
      { duration },
    );
  };
  return (
    <div className="absolute right-3 bottom-3 flex items-center gap-0.5 rounded-md border border-line bg-surface p-0.5">
      <IconButton label="Zoom out" onClick={() => flow.zoomOut({ duration })}>
        <Minus size={14} />
      </IconButton>
      <span className="w-9 text-center text-2xs text-ink-3">{percent < 1 ? '<1' : percent}%</span>
      <IconButton label="Zoom in" onClick={() => flow.zoomIn({ duration })}>
        <Plus size={14} />
      </IconButton>
      <IconButton label="Show all" onClick={fit}>
        <Maximize size={14} />
      </IconButton>
    </div>
  );
}
