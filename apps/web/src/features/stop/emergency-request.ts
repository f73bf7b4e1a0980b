'use client';
import { useSyncExternalStore } from 'react';

/** Whether the dialog of the emergency stop, or of its end, is open in this tab. */
export type EmergencyDialog = 'stop' | 'reopen' | null;
let open: EmergencyDialog = null;
const listeners = new Set<() => void>();
export function openEmergency(dialog: EmergencyDialog): void {
  open = dialog;
  for (const l of listeners) l();
}
const subscribe = (l: () => void) => {
  listeners.add(l);
  return () => void listeners.delete(l);
};
export const useEmergencyRequest = (): EmergencyDialog =>
  useSyncExternalStore(
    subscribe,
    () => open,
    () => null,
  );
