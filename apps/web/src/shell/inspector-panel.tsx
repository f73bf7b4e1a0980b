'use client';
import dynamic from 'next/dynamic';
import { useEffect } from 'react';
import { again } from '@/ui/again';
import { Sheet } from '@/ui/dialog';
import { useKey } from '@/ui/keys';
import { useIsPhone } from '@/ui/use-media';
import { useSelectedAgent } from '@/ui/use-url';

const loadInspector = () => again(() => import('@/features/agents/inspector/inspector').then((m) => m.AgentInspector));
const AgentInspector = dynamic(loadInspector, { ssr: false });

/** The selected agent (`?agent=`), on any page: a column on a desk, a sheet on a phone. */
export function InspectorPanel({ warm }: { warm: boolean }) {
  const [selected, select] = useSelectedAgent();
  const phone = useIsPhone();
  useKey('Escape', () => select(null), { enabled: selected !== null && !phone });
  useEffect(() => {
    if (warm) void loadInspector();
  }, [warm]);
  if (!selected) return null;
  const inspector = <AgentInspector key={selected} id={selected} onClose={() => select(null)} />;
  if (phone)
    return (
      <Sheet open onOpenChange={(open) => !open && select(null)} title="Agent">
        {inspector}
      </Sheet>
    );
  return (
    <aside aria-label="Inspector" className="w-[360px] shrink-0 border-line border-l bg-surface">
      {inspector}
    </aside>
  );
}
