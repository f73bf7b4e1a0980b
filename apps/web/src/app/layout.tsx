import './globals.css';
import type { Metadata, Viewport } from 'next';
import { headers } from 'next/headers';
import type { ReactNode } from 'react';
import { Frame } from '@/shell/frame';

export const metadata: Metadata = {
  title: { default: 'Reeve', template: '%s · Reeve' },
  description: 'A supervisor for fleets of AI agents',
};
export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  viewportFit: 'cover',
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#ffffff' },
    { media: '(prefers-color-scheme: dark)', color: '#11141a' },
  ],
};

export default async function Layout({ children }: { children: ReactNode }) {
  // the server's own, anew for each answer: also what makes every page one that is rendered when it is asked for
  const nonce = (await headers()).get('x-nonce') ?? undefined;
  return (
    <html lang="en" suppressHydrationWarning>
      <body className="antialiased">
        <Frame nonce={nonce}>{children}</Frame>
      </body>
    </html>
  );
}
