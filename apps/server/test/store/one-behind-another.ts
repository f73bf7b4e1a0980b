import type { Store } from '@reeve/core';

/** Sends each transaction of a project as soon as the one before it is decided, as the writer does: its commit is still on its way. */
export function oneBehindAnother(store: Store): Store {
  const lastOf = new Map<string, Promise<unknown>>();
  return {
    transact(projectId, work, ahead) {
      const before = lastOf.get(projectId) ?? Promise.resolve();
      const done = before.then(() => undefined);
      let decided: () => void = () => undefined;
      const isDecided = new Promise<void>((go) => (decided = go));
      const answer = done.then(() => store.transact(projectId, work, ahead, decided));
      const ended = answer.then(
        () => undefined,
        () => undefined,
      );
      lastOf.set(projectId, Promise.race([isDecided, ended]));
      return answer;
    },
  };
}
