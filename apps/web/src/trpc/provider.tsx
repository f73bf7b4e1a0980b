'use client';
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { failureOf, isSignedOut } from '@/vocabulary/errors';
import { makeClient, TRPCProvider } from './client';

/** Leaves for the sign-in page, which says how to get a link. */
export function toSignIn(): void {
  if (typeof window !== 'undefined' && window.location.pathname !== '/sign-in') window.location.assign('/sign-in');
}

export function DataProvider({ children }: { children: ReactNode }) {
  const [queryClient] = useState(
    () =>
      new QueryClient({
        queryCache: new QueryCache({ onError: (e) => isSignedOut(e) && toSignIn() }),
        defaultOptions: {
          queries: {
            staleTime: 5_000,
            refetchOnWindowFocus: true,
            retry: (count, e) => failureOf(e).retryable && count < 3,
          },
          mutations: { onError: (e) => isSignedOut(e) && toSignIn() },
        },
      }),
  );
  const [client] = useState(makeClient);
  return (
    <QueryClientProvider client={queryClient}>
      <TRPCProvider trpcClient={client} queryClient={queryClient}>
        {children}
      </TRPCProvider>
    </QueryClientProvider>
  );
}
