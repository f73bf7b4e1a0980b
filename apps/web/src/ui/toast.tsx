'use client';
import dynamic from 'next/dynamic';
import { useEffect, useState } from 'react';
import type { toast } from 'sonner';
import { failureOf } from '@/vocabulary/errors';
import { again } from './again';
import { whenIdle } from './when-idle';

const Toasts = dynamic(() => again(() => import('./toaster').then((m) => m.Toasts)), { ssr: false });

type Show = typeof toast;
let listens: (show: Show) => void;
/** A message that comes before anybody shows it waits here. */
const shown = new Promise<Show>((go) => {
  listens = go;
});
const onReady = (show: Show) => listens(show);

/** Nothing of it is on the first picture of a page, so it comes behind that. */
export function Toaster() {
  const [here, setHere] = useState(false);
  useEffect(() => whenIdle(() => setHere(true), 3000), []);
  return here && <Toasts onReady={onReady} />;
}
/** For what was asked and accepted; never to claim that something has ended. */
export const notify = (text: string, description?: string): void => void shown.then((show) => show(text, { description }));
export const notifyFailure = (error: unknown, what = 'That did not work'): void =>
  void shown.then((show) => show.error(what, { description: failureOf(error).what, duration: 8000 }));
