import type { Metadata } from 'next';
import { CostPage } from '@/features/costs';

export const metadata: Metadata = { title: 'Costs' };
export default function Page() {
  return <CostPage />;
}
