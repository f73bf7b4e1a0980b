import type { Metadata } from 'next';
import { Join } from '@/features/sign-in/join';

export const metadata: Metadata = { title: 'Join' };
export default function Page() {
  return <Join />;
}
