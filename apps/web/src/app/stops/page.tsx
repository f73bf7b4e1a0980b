import type { Metadata } from 'next';
import { StopsPage } from '@/features/stop/stops-page';

export const metadata: Metadata = { title: 'Stops' };
export default function Page() {
  return <StopsPage />;
}
