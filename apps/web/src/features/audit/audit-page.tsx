'use client';
import type { AuditEntryView } from '@reeve/core/vocabulary';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { ScrollText } from 'lucide-react';
import { useState } from 'react';
import { useTRPC } from '@/trpc';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { Field, Input, Select } from '@/ui/field';
import { PageBody, PageHeader } from '@/ui/page-header';
import { SkeletonRows } from '@/ui/skeleton';
import { AuditTable } from './audit-table';
import { ChainCheck } from './chain-check';
import { kinds } from './kinds';

/** Who decided what, on what, why, and what it was before and after. */
export function AuditPage() {
  const trpc = useTRPC();
  const [action, setAction] = useState('');
  const [actor, setActor] = useState('');
  const [subjectId, setSubjectId] = useState('');
  const asked = { limit: 50, action: action || undefined, actor: actor.trim() || undefined, subjectId: subjectId.trim() || undefined };
  const pages = useInfiniteQuery(
    trpc.audit.list.infiniteQueryOptions(asked, { getNextPageParam: (p) => p.nextCursor ?? undefined, placeholderData: keepPreviousData }),
  );
  const items = pages.data?.pages.flatMap((p) => p.items as AuditEntryView[]);
  const filtered = Boolean(action || actor || subjectId);
  return (
    <>
      <PageHeader title="Audit log" hint="Every decision of people and tokens">
        <ChainCheck />
      </PageHeader>
      <PageBody>
        <div className="mx-auto flex max-w-5xl flex-col gap-3">
          <div className="flex flex-wrap items-end gap-3">
            <Field label="What">
              <Select value={action} onChange={(e) => setAction(e.target.value)} data-testid="audit-action">
                {kinds.map((k) => (
                  <option key={k.begins} value={k.begins}>
                    {k.word}
                  </option>
                ))}
              </Select>
            </Field>
            <Field label="Who" className="w-48">
              <Input value={actor} placeholder="person: or project:" onChange={(e) => setActor(e.target.value)} data-testid="audit-actor" />
            </Field>
            <Field label="On what" className="w-64 max-sm:w-full">
              <Input value={subjectId} placeholder="the whole id" onChange={(e) => setSubjectId(e.target.value)} />
            </Field>
          </div>
          {pages.isError && !items ? (
            <ErrorState error={pages.error} onRetry={() => void pages.refetch()} />
          ) : !items ? (
            <SkeletonRows label="Loading the audit log" />
          ) : items.length === 0 ? (
            <EmptyState icon={ScrollText} title={filtered ? 'No decision matches' : 'Nothing was decided yet'}>
              {filtered
                ? 'Who and What match beginnings, On what the whole id.'
                : 'Stops, budgets, approvals, limits and sign-ins stand here, each with what was before and after.'}
            </EmptyState>
          ) : (
            <Card>
              <AuditTable entries={items} />
              {pages.hasNextPage && (
                <div className="p-3 text-center">
                  <Button busy={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
                    Older ones
                  </Button>
                </div>
              )}
            </Card>
          )}
        </div>
      </PageBody>
    </>
  );
}
