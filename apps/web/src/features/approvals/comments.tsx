'use client';
import type { ChangeView } from '@reeve/core/vocabulary';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTRPC } from '@/trpc';
import { Ago } from '@/ui/ago';
import { Button } from '@/ui/button';
import { Input, Select, Textarea } from '@/ui/field';
import { notifyFailure } from '@/ui/toast';
import type { CommentPlace } from './comment-place';
import { useNames } from './history';

type Said = ChangeView['comments'][number];

/** What people and agents say about a change; it decides nothing. New ones arrive with the live record. */
export function Comments({
  change,
  about,
  onSaid,
}: {
  change: Pick<ChangeView, 'id' | 'comments' | 'blastRadius'>;
  /** The line that was pressed in the diff: a new object each time. */
  about: CommentPlace | null;
  onSaid(): void;
}) {
  const named = useNames();
  return (
    <div className="flex flex-col gap-3" data-testid="change-comments">
      {change.comments.length === 0 && <p className="text-ink-3 text-sm">Nobody has said anything yet.</p>}
      <ol className="flex flex-col gap-3">
        {change.comments.map((c) => (
          <li key={c.id} className="rounded-md border border-line bg-surface px-3 py-2 text-sm">
            <p className="flex flex-wrap items-baseline gap-x-2 text-xs">
              <span className="font-medium text-ink">{named(c.by)}</span>
              <span className="text-ink-3">{c.byKind}</span>
              {c.path && <span className="min-w-0 break-all font-mono text-ink-3">{placeOf(c)}</span>}
              <Ago at={c.at} className="ml-auto text-ink-3" />
            </p>
            <p className="mt-1 whitespace-pre-wrap break-words text-ink-2">{c.body}</p>
          </li>
        ))}
      </ol>
      <Say changeId={change.id} paths={change.blastRadius?.files.map((f) => f.path) ?? []} about={about} onSaid={onSaid} />
    </div>
  );
}
const placeOf = ({ path, line }: Said): string => (line === null ? (path ?? '') : `${path}:${line}`);

function Say({
  changeId,
  paths,
  about,
  onSaid,
}: {
  changeId: string;
  paths: readonly string[];
  about: CommentPlace | null;
  onSaid(): void;
}) {
  const trpc = useTRPC();
  const [body, setBody] = useState('');
  const [path, setPath] = useState('');
  const [line, setLine] = useState('');
  const text = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (!about) return;
    setPath(about.path);
    setLine(String(about.line));
    text.current?.focus();
  }, [about]);
  // the same request until it is answered: a retry by hand says it once
  const request = useRef(crypto.randomUUID());
  const say = useMutation(
    trpc.changes.comment.mutationOptions({
      onSuccess: () => {
        request.current = crypto.randomUUID();
        setBody('');
        setLine('');
        onSaid();
      },
      onError: (error) => notifyFailure(error, 'The comment was not added'),
    }),
  );
  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(e) => {
        e.preventDefault();
        if (!body.trim() || say.isPending) return;
        const at = path ? { path, ...(line && { line: Number(line) }) } : {};
        say.mutate({ id: changeId, body, ...at, requestId: request.current });
      }}
    >
      <Textarea
        ref={text}
        aria-label="Say something about this change"
        placeholder="Ask or answer. The agent reads it; it decides nothing"
        rows={3}
        maxLength={4000}
        value={body}
        onChange={(e) => setBody(e.target.value)}
      />
      <div className="flex flex-wrap items-center gap-2">
        {paths.length > 0 && (
          <Select
            aria-label="What it is about"
            className="min-w-0 max-w-full flex-1"
            value={path}
            onChange={(e) => setPath(e.target.value)}
          >
            <option value="">About the whole change</option>
            {paths.map((p) => (
              <option key={p}>{p}</option>
            ))}
          </Select>
        )}
        {path && (
          <Input
            aria-label="Line, may be empty"
            placeholder="Line"
            className="w-20"
            inputMode="numeric"
            value={line}
            onChange={(e) => setLine(e.target.value.replace(/\D/g, '').slice(0, 7))}
          />
        )}
        <Button type="submit" size="sm" className="ml-auto" busy={say.isPending} disabled={!body.trim()}>
          Comment
        </Button>
      </div>
    </form>
  );
}
