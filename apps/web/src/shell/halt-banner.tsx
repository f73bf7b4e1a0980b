'use client';
import { OctagonX } from 'lucide-react';
import Link from 'next/link';
import { useProject } from '@/features/project/use-project';
import { openEmergency } from '@/features/stop/emergency-request';
import { Ago } from '@/ui/ago';
import { Button } from '@/ui/button';

/** On every page while an emergency stop keeps the project shut: nobody should wonder why nothing starts. */
export function HaltBanner() {
  const halted = useProject().data?.halted;
  if (!halted) return null;
  return (
    <section
      aria-label="The project is halted"
      data-testid="halt-banner"
      className="flex shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-line border-b bg-danger-soft px-4 py-1.5 text-sm"
    >
      <OctagonX size={16} aria-hidden className="shrink-0 text-danger" />
      <p className="min-w-0 flex-1">
        <span className="font-semibold">Everything was stopped</span> <Ago at={halted.at} />
        {halted.reason && <span className="wrap-anywhere">: {halted.reason}</span>}. <span className="text-ink-2">Nothing new starts.</span>
      </p>
      <Link href={`/stops/${halted.stopId}`} className="text-accent hover:underline">
        Receipt
      </Link>
      <Button size="sm" onClick={() => openEmergency('reopen')} data-testid="reopen">
        Reopen…
      </Button>
    </section>
  );
}
