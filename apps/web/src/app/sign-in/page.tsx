import type { Metadata } from 'next';
import { SignIn } from '@/features/sign-in/sign-in';

export const metadata: Metadata = { title: 'Sign in' };
export default async function Page({ searchParams }: { searchParams: Promise<{ reason?: string | string[] }> }) {
  const { reason } = await searchParams;
  return <SignIn reason={typeof reason === 'string' ? reason : null} />;
}
