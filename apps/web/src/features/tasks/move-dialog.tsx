'use client';
import { useState } from 'react';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Field, Textarea } from '@/ui/field';
import { KeyHint } from '@/ui/key-hint';
import { useKey } from '@/ui/keys';
import { type AskedMove, useMoves } from './use-moves';

/** Where a move takes something from an agent, it is said before it is done. */
export function MoveDialog() {
  const { asked } = useMoves();
  return asked ? <Ask key={asked.task.id} asked={asked} /> : null;
}

function Ask({ asked }: { asked: AskedMove }) {
  const moves = useMoves();
  const [reason, setReason] = useState('');
  const lacks = asked.needsReason === true && reason.trim().length < 3;
  const confirm = () => void (lacks || moves.confirm(reason.trim()));
  useKey('mod+Enter', confirm, { inDialog: true });
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && moves.dismiss()}
      title={`${asked.verb}?`}
      description={asked.task.title}
      testId="move-dialog"
      footer={
        <>
          <Button onClick={moves.dismiss}>Leave it</Button>
          <Button variant="danger" disabled={lacks} onClick={confirm} data-testid="confirm-move">
            {asked.verb} <KeyHint keys="mod+Enter" />
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <p className="text-base">{asked.warning}</p>
        <Field
          label="Reason"
          hint={lacks ? 'Needed: at least three characters. Stands in the history of the task.' : 'Stands in the history of the task.'}
        >
          <Textarea value={reason} maxLength={2000} rows={2} onChange={(e) => setReason(e.target.value)} />
        </Field>
      </div>
    </Dialog>
  );
}
