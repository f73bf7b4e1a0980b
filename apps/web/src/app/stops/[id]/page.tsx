import type { Metadata } from 'next';
import { StopPage } from '@/features/stop/stop-page';

export const metadata: Metadata = { title: 'Stop receipt' };
export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  return <StopPage id={(await params).id} />;
}
