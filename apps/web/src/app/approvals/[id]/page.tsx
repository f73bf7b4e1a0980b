import type { Metadata } from 'next';
import { Dossier } from '@/features/approvals';

export const metadata: Metadata = { title: 'Change' };
export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return <Dossier key={id} id={id} />;
}
