import type { Store, Tx } from '../../src/supervisor/ports.ts';

/** A store that now and then keeps only a part of a checkpoint's text, or none of it, and says that all is well. */
export function withTornWrites(store: Store, tears: () => boolean, torn: (how: 'half' | 'none') => void): Store {
  return {
    transact: (projectId, work) => (tears() ? store.transact(projectId, (tx) => work(tearing(tx, torn))) : store.transact(projectId, work)),
  };
}
function tearing(tx: Tx, torn: (how: 'half' | 'none') => void): Tx {
  const put: Tx['checkpoints']['put'] = (checkpoint, bodyText) => {
    const how = checkpoint.sequence % 2 ? 'half' : 'none';
    torn(how);
    return tx.checkpoints.put(checkpoint, how === 'half' ? bodyText.slice(0, bodyText.length / 2) : '');
  };
  // everything else is the transaction itself, which keeps what it was given
  return new Proxy(tx, {
    get: (target, key) => (key === 'checkpoints' ? { ...target.checkpoints, put } : Reflect.get(target, key, target)),
  });
}
