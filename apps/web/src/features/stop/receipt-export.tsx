'use client';
import type { StopView } from '@reeve/core/vocabulary';
import { useMutation } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { useTRPCClient } from '@/trpc';
import { Button } from '@/ui/button';
import { download } from '@/ui/download';
import { notifyFailure } from '@/ui/toast';
import { receiptCsv, receiptName } from './receipt-file';

/** The whole receipt as a file: what the API answers, or a line a member. */
export function ReceiptExport({ id }: { id: string }) {
  const client = useTRPCClient();
  const save = useMutation({
    mutationFn: async (kind: 'json' | 'csv') => {
      const stop = (await client.stops.get.query({ id })) as StopView;
      if (kind === 'json') download(receiptName(stop, kind), `${JSON.stringify(stop, null, 2)}\n`, 'application/json');
      else download(receiptName(stop, kind), receiptCsv(stop), 'text/csv');
    },
    onError: (e) => notifyFailure(e, 'The receipt could not be exported'),
  });
  return (['json', 'csv'] as const).map((kind) => (
    <Button
      key={kind}
      size="sm"
      busy={save.isPending && save.variables === kind}
      onClick={() => save.mutate(kind)}
      data-testid={`receipt-${kind}`}
    >
      <Download size={12} aria-hidden /> {kind.toUpperCase()}
    </Button>
  ));
}
