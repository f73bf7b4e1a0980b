import type { SeveralIds, Store, Tx } from '../src/supervisor/ports.ts';

/** What a store would have to ask its database for, one line a question. */
export type Questions = string[];
type Row = { id: string; path?: readonly string[]; name?: string };
type Fn = (...args: never[]) => unknown;

const rowsOf = (answer: unknown): Row[] => (Array.isArray(answer) ? answer : [answer]).filter((r): r is Row => typeof r?.id === 'string');

/**
 * A store that keeps what a transaction has read at hand, as the one on PostgreSQL does, and writes down each question that
 * it could not answer from there. What was announced with the transaction comes with its lock, for nothing.
 *
 * Use it to hold a handler to one question for a whole batch.
 *
 * @example
 * const asked: string[] = [];
 * await countedStore(createMemoryStore({ nowMs: () => 0 }), asked).transact('prj_1', async (tx) => {
 *   await tx.agents.many(['a', 'b']);
 *   await tx.agents.get('a');
 * });
 * asked; // → ['agents.many']
 */
export function countedStore(store: Store, asked: Questions): Store {
  return {
    transact(projectId, work, ahead, onDecided) {
      const known: Record<string, Set<string>> = {
        agents: new Set(ahead?.agents.flatMap((id) => [id, `above ${id}`])),
        tasks: new Set(ahead?.tasks),
        settings: new Set(ahead?.settings ? [projectId] : []),
        requests: new Set(ahead?.requests.map((r) => `${r.scope} ${r.requestId}`)),
      };
      return store.transact(projectId, (tx) => work(counted(tx, known, asked)), ahead, onDecided);
    },
  };
}

function counted(tx: Tx, known: Record<string, Set<string>>, asked: Questions): Tx {
  const part = (name: string, target: Record<string, unknown>) => {
    known[name] ??= new Set();
    const atHand = known[name];
    const keysOf = (method: string, args: unknown[]): string[] | undefined => {
      if (name === 'requests' && method === 'get') return [args.join(' ')];
      if (method === 'readAhead') return (args[0] as { scope: string; requestId: string }[]).map((k) => `${k.scope} ${k.requestId}`);
      if (method === 'get') return [args[0] as string];
      if (method === 'many') return [...(args[0] as SeveralIds)];
      if (method === 'withAncestors') return [...(args[0] as SeveralIds)].map((id) => `above ${id}`);
      if (method === 'byNames') return (args[0] as string[]).map((n) => `named ${n}`);
      return undefined;
    };
    return new Proxy(target, {
      get: (of, method: string) => {
        const own = of[method];
        if (typeof own !== 'function') return own;
        return (...args: unknown[]) => {
          const keys = keysOf(method, args);
          const answer = (own as Fn).apply(of, args as never[]);
          if (method === 'put') for (const r of rowsOf(args[0])) atHand.add(r.id);
          if (!(answer instanceof Promise)) return answer;
          if (!keys || keys.some((k) => !atHand.has(k))) asked.push(`${name}.${method}`);
          for (const k of keys ?? []) atHand.add(k);
          return answer.then((value) => {
            for (const r of rowsOf(value)) {
              atHand.add(r.id);
              if (r.name !== undefined) atHand.add(`named ${r.name}`);
              if (method === 'withAncestors') atHand.add(`above ${r.id}`);
            }
            return value;
          });
        };
      },
    });
  };
  const parts = new Map<string, unknown>();
  return new Proxy(tx, {
    get: (of, name: string) => {
      const own = of[name as keyof Tx] as unknown;
      if (typeof own === 'function') return own.bind(of);
      if (typeof own !== 'object' || own === null || Array.isArray(own)) return own;
      if (!parts.has(name)) parts.set(name, part(name, own as Record<string, unknown>));
      return parts.get(name);
    },
  });
}
