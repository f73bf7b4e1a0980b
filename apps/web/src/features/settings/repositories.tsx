'use client';
import type { RepositoryView } from '@reeve/core/vocabulary';
import { useQuery } from '@tanstack/react-query';
import { FolderGit2, Plus } from 'lucide-react';
import { useState } from 'react';
import { useTRPC } from '@/trpc';
import { Button } from '@/ui/button';
import { Card, CardHeader } from '@/ui/card';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { SkeletonRows } from '@/ui/skeleton';
import { Badge } from '@/ui/state-mark';
import { RegisterRepository } from './register-repository';
import { rulesInWords } from './repository-form';

export function Repositories() {
  const trpc = useTRPC();
  const query = useQuery(trpc.repositories.list.queryOptions());
  const [adding, setAdding] = useState(false);
  const items = query.data?.items;
  return (
    <Card aria-label="Repositories">
      <CardHeader
        title="Repositories"
        hint="agents may propose changes to these"
        actions={
          <Button size="sm" onClick={() => setAdding(true)} data-testid="register-repository">
            <Plus size={14} aria-hidden /> Register
          </Button>
        }
      />
      {query.error && !items ? (
        <ErrorState error={query.error} title="The repositories could not be loaded" onRetry={() => void query.refetch()} />
      ) : !items ? (
        <SkeletonRows rows={3} label="Loading repositories" />
      ) : items.length === 0 ? (
        <EmptyState icon={FolderGit2} title="No repository yet">
          Register a git repository with the command that runs its tests. Agents can then propose changes to it; the supervisor checks them
          in a clone of its own and never touches your work tree.
        </EmptyState>
      ) : (
        <ul className="divide-y divide-line">
          {items.map((r) => (
            <Repository key={r.id} repository={r} />
          ))}
        </ul>
      )}
      {adding && (
        <RegisterRepository
          onClose={() => setAdding(false)}
          onRegistered={() => {
            setAdding(false);
            void query.refetch();
          }}
        />
      )}
    </Card>
  );
}

function Repository({ repository: r }: { repository: RepositoryView }) {
  const gates = [
    ['test', r.gates.test],
    ['type check', r.gates.typecheck],
    ['lint', r.gates.lint],
  ].filter((g): g is [string, string] => Boolean(g[1]));
  return (
    <li className="px-4 py-3">
      <p className="flex flex-wrap items-baseline gap-x-2">
        <span className="font-semibold text-sm">{r.name}</span>
        <span className="text-ink-3 text-xs">{r.branch}</span>
      </p>
      <p className="break-all font-mono text-ink-3 text-xs">{r.path}</p>
      <dl className="mt-2 grid grid-cols-[80px_1fr] gap-x-3 gap-y-0.5 text-xs">
        {gates.map(([name, command]) => (
          <div key={name} className="contents">
            <dt className="text-ink-3">{name}</dt>
            <dd className="break-all font-mono text-ink-2">{command}</dd>
          </div>
        ))}
      </dl>
      {rulesInWords(r.rules).length > 0 && (
        <p data-testid="repository-rules" className="mt-1 text-ink-2 text-xs">
          {rulesInWords(r.rules).join(' · ')}
        </p>
      )}
      {r.layers.length > 0 && (
        <ul aria-label="Layers" className="mt-2 flex flex-wrap gap-1">
          {r.layers.map((l) => (
            <li key={l.pattern}>
              <Badge tone={l.layer === 1 ? 'danger' : 'neutral'}>
                <span className="font-mono">{l.pattern}</span> layer {l.layer}
              </Badge>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}
