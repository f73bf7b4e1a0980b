'use client';
import { useEffect, useRef } from 'react';

/**
 * One listener for every shortcut of the app. `mod+x` works everywhere; single letters (`j`, `/`, `g a`) are silent
 * while somebody types, inside dialogs, and when they were turned off.
 */
type Binding = { keys: string; run(e: KeyboardEvent): void; inDialog: boolean };
const bindings = new Set<Binding>();
let pending: { stroke: string; atMs: number } | null = null;

const storageKey = 'reeve.single-keys';
export const singleKeysOn = (): boolean => typeof localStorage === 'undefined' || localStorage.getItem(storageKey) !== 'off';
export const setSingleKeys = (on: boolean): void => localStorage.setItem(storageKey, on ? 'on' : 'off');

const isMac = () => /mac|iphone|ipad/i.test(navigator.platform);
export function strokeOf(e: Pick<KeyboardEvent, 'key' | 'metaKey' | 'ctrlKey' | 'altKey' | 'shiftKey'>, mac: boolean): string {
  const mod = mac ? e.metaKey : e.ctrlKey;
  const key = e.key.length === 1 ? e.key.toLowerCase() : e.key;
  const shift = e.shiftKey && e.key.length > 1 ? 'shift+' : '';
  return `${mod ? 'mod+' : ''}${e.altKey ? 'alt+' : ''}${shift}${key}`;
}
const types = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
const withinDialog = (): boolean => document.querySelector('[role="dialog"][data-state="open"]') !== null;

function onKeyDown(e: KeyboardEvent): void {
  if (e.defaultPrevented || e.isComposing) return;
  const stroke = strokeOf(e, isMac());
  const single = !stroke.includes('mod+') && !stroke.includes('alt+') && stroke !== 'Escape';
  if (single && (types(e.target) || !singleKeysOn())) return;
  const dialog = withinDialog();
  const now = performance.now();
  const sequence = pending && now - pending.atMs < 1200 ? `${pending.stroke} ${stroke}` : null;
  pending = null;
  const all = [...bindings].reverse().filter((b) => !dialog || b.inDialog);
  const hit = (sequence && all.find((b) => b.keys === sequence)) || all.find((b) => b.keys === stroke);
  if (hit) {
    e.preventDefault();
    hit.run(e);
  } else if (single && all.some((b) => b.keys.startsWith(`${stroke} `))) pending = { stroke, atMs: now };
}

/** Binds `keys` ("mod+k", "g a", "/") while mounted; the last one mounted wins. */
export function useKey(keys: string, run: (e: KeyboardEvent) => void, options: { enabled?: boolean; inDialog?: boolean } = {}): void {
  const { enabled = true, inDialog = false } = options;
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  useEffect(() => {
    if (!enabled) return;
    const binding: Binding = { keys, inDialog, run: (e) => latest.current(e) };
    if (bindings.size === 0) window.addEventListener('keydown', onKeyDown);
    bindings.add(binding);
    return () => {
      bindings.delete(binding);
      if (bindings.size === 0) window.removeEventListener('keydown', onKeyDown);
    };
  }, [keys, enabled, inDialog]);
}
