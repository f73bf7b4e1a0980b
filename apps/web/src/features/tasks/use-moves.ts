'use client';
import type { TaskView } from '@reeve/core/vocabulary';
import { useMutation } from '@tanstack/react-query';
import { createContext, useCallback, useContext, useMemo, useState } from 'react';
import { useLiveStore } from '@/live';
import { useTRPC } from '@/trpc';
import { notify, notifyFailure } from '@/ui/toast';
import { type ColumnId, columnTitle } from './board-columns';
import { type Move, type MoveCommand, moveOf } from './move-rules';

export type AskedMove = { task: TaskView; to: ColumnId; command: MoveCommand; verb: string; warning: string; needsReason?: true };
export type Moves = {
  /** Moves a card, asks first where it has to, or says why not. */
  move(taskId: string, to: ColumnId): void;
  raise(taskId: string, by: number): void;
  /** Cards whose command is on its way. */
  isPending(taskId: string): boolean;
  /** The move that waits for a confirmation. */
  asked: AskedMove | null;
  confirm(reason: string): void;
  dismiss(): void;
  /** The last refusal, for screen readers. */
  said: string;
};
export const MovesContext = createContext<Moves | null>(null);
export function useMoves(): Moves {
  const moves = useContext(MovesContext);
  if (!moves) throw new Error('no board above');
  return moves;
}

const maxPriority = 1000;

/**
 * Moves are commands, never edits of the screen: the card stays where it is until the live frame says that it moved.
 */
export function useMoveCommands(): Moves {
  const store = useLiveStore();
  const trpc = useTRPC();
  const [pending, setPending] = useState<ReadonlySet<string>>(new Set());
  const [asked, setAsked] = useState<AskedMove | null>(null);
  const [said, setSaid] = useState('');
  const forceRelease = useMutation(trpc.tasks.forceRelease.mutationOptions());
  const retry = useMutation(trpc.tasks.retry.mutationOptions());
  const cancel = useMutation(trpc.tasks.cancel.mutationOptions());
  const prioritise = useMutation(trpc.tasks.prioritise.mutationOptions());
  const accept = useMutation(trpc.tasks.accept.mutationOptions());
  const reject = useMutation(trpc.tasks.reject.mutationOptions());
  const edit = useMutation(trpc.tasks.edit.mutationOptions());
  type Asked = { id: string; reason: string };
  const calls: Record<MoveCommand, (asked: Asked) => Promise<unknown>> = {
    forceRelease: forceRelease.mutateAsync,
    retry: retry.mutateAsync,
    cancel: cancel.mutateAsync,
    accept: accept.mutateAsync,
    override: (asked) => accept.mutateAsync({ ...asked, override: true }),
    reject: reject.mutateAsync,
    startNow: ({ id }) => edit.mutateAsync({ id, notBefore: null }),
  };

  const run = async (taskId: string, what: string, call: () => Promise<unknown>) => {
    setPending((p) => new Set(p).add(taskId));
    try {
      await call();
      setSaid(`${what}: done.`);
    } catch (error) {
      notifyFailure(error, `${what}: refused`);
    } finally {
      setPending((p) => {
        const next = new Set(p);
        next.delete(taskId);
        return next;
      });
    }
  };
  const command = (task: TaskView, move: Pick<Extract<Move, { kind: 'command' }>, 'command' | 'verb'>, reason: string) =>
    run(task.id, `${move.verb}: “${task.title}”`, () => calls[move.command]({ id: task.id, reason }));

  const move = (taskId: string, to: ColumnId) => {
    const task = store.tasks.get(taskId);
    if (!task) return;
    const what = moveOf(task, to);
    if (what.kind === 'stay') return;
    if (what.kind === 'refused') {
      setSaid(what.because);
      notify(`Not moved to ${columnTitle(to)}`, what.because);
    } else if (what.warning !== null) setAsked({ ...what, task, to, warning: what.warning });
    else void command(task, what, 'moved on the board');
  };
  const raise = (taskId: string, by: number) => {
    const task = store.tasks.get(taskId);
    if (!task) return;
    const priority = Math.max(-maxPriority, Math.min(maxPriority, task.priority + by));
    if (priority === task.priority) return;
    void run(taskId, `Priority of “${task.title}” to ${priority}`, () => prioritise.mutateAsync({ id: taskId, priority }));
  };
  const confirm = (reason: string) => {
    if (!asked) return;
    setAsked(null);
    void command(asked.task, asked, reason || 'moved on the board');
  };
  const isPending = useCallback((id: string) => pending.has(id), [pending]);
  const dismiss = useCallback(() => setAsked(null), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the commands close over stable things only
  return useMemo(() => ({ move, raise, isPending, asked, confirm, dismiss, said }), [isPending, asked, said]);
}
