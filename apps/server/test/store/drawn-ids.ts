import type { Ids, Store, Tx } from '@reeve/core';
import { createCountedSecrets } from '@reeve/core/testing';

/** Ids and secrets that are counted, alike for every store of a run and no other run's; a store that does work again draws the same. */
export function drawnIn(run: number) {
  const last = { id: 0, secret: 0 };
  const ids: Ids = { next: (kind) => `${kind}_${String(run).padStart(4, '0')}_${String(++last.id).padStart(6, '0')}` };
  const issue = () => ({ token: `rv_${run}_${++last.secret}`, hash: `hash of ${run} ${last.secret}` });
  const secrets = { digest: createCountedSecrets().digest, issue };
  const alikeEachTime = (store: Store): Store => ({
    transact(projectId, work, ...more) {
      const before = { ...last };
      const again = (tx: Tx) => {
        Object.assign(last, before);
        return work(tx);
      };
      return store.transact(projectId, again, ...more);
    },
  });
  return { ids, secrets, alikeEachTime };
}
