import type { AppRouter } from '@reeve/server/router';
import type { TRPCLink } from '@trpc/client';
import { observable, type Unsubscribable } from '@trpc/server/observable';
import { useSyncExternalStore } from 'react';
import { failureOf } from '@/vocabulary/errors';

let waiting: ((confirmed: boolean) => void)[] = [];
const listeners = new Set<() => void>();
const changed = () => {
  for (const l of listeners) l();
};
const asked = (): Promise<boolean> =>
  new Promise((settle) => {
    waiting = [...waiting, settle];
    changed();
  });

/** Whether some call waits until the person has shown that it is them. */
export const useConfirmationAsked = (): boolean =>
  useSyncExternalStore(
    (l) => {
      listeners.add(l);
      return () => listeners.delete(l);
    },
    () => waiting.length > 0,
    () => false,
  );
/** Sends what waits again, or lets it fail. */
export function settleConfirmation(confirmed: boolean): void {
  const all = waiting;
  waiting = [];
  changed();
  for (const settle of all) settle(confirmed);
}

/** A call that is refused until its caller shows who they are waits for that, and is sent again: no page has to know. */
export const confirmationLink: TRPCLink<AppRouter> =
  () =>
  ({ op, next }) =>
    observable((observer) => {
      let current: Unsubscribable | undefined;
      let gone = false;
      const send = (again: boolean) => {
        current = next(op).subscribe({
          next: (value) => observer.next(value),
          complete: () => observer.complete(),
          error: (error) => {
            if (again || failureOf(error).code !== 'confirmation_required') return observer.error(error);
            void asked().then((confirmed) => {
              if (gone) return;
              if (confirmed) send(true);
              else observer.error(error);
            });
          },
        });
      };
      send(false);
      return () => {
        gone = true;
        current?.unsubscribe();
      };
    });
