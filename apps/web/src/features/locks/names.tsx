import Link from 'next/link';

/** An agent by name, with a way to it. */
export const AgentName = ({ id, name }: { id: string; name: string | null }) => (
  <Link href={`/agents?agent=${encodeURIComponent(id)}`} className="min-w-0 truncate underline-offset-2 hover:underline">
    {name ?? id}
  </Link>
);
/** `lock:deploy` → lock deploy. */
export const thing = (at: string): string => at.replace(':', ' ');
