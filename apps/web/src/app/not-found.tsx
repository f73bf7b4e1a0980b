import Link from 'next/link';
import { EmptyState } from '@/ui/empty-state';

export default function NotFound() {
  return (
    <EmptyState
      title="There is no such page"
      className="flex-1"
      action={
        <Link className="text-accent hover:underline" href="/">
          Go to the overview
        </Link>
      }
    >
      The link may be old, or the record may belong to another project.
    </EmptyState>
  );
}
