import type { Metadata } from 'next';
import { OrphansPage } from '@/features/orphans/orphans-page';

export const metadata: Metadata = { title: 'Orphans' };
export default function Page() {
  return <OrphansPage />;
}
