import type { Metadata } from 'next';
import { DesignPage } from '@/features/design/design-page';

export const metadata: Metadata = { title: 'Marks and controls' };
export default function Page() {
  return <DesignPage />;
}
