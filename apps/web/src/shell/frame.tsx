'use client';
import { usePathname } from 'next/navigation';
import { type ReactNode, Suspense, useState } from 'react';
import { EmergencyDialog } from '@/features/stop/emergency-dialog';
import { StopDialog } from '@/features/stop/stop-dialog';
import { StopPanels } from '@/features/stop/stop-panel';
import { LiveProvider } from '@/live';
import { DataProvider } from '@/trpc';
import { Toaster } from '@/ui/toast';
import { TooltipProvider } from '@/ui/tooltip';
import { AttentionStrip } from './attention-strip';
import { CommandMenu } from './command-menu';
import { HaltBanner } from './halt-banner';
import { InspectorPanel } from './inspector-panel';
import { KeySheet } from './key-sheet';
import { useNeeds } from './needs-me';
import { BottomBar, Rail } from './rail';
import { ShellKeys } from './shell-keys';
import { ThemeProvider } from './theme';

const bare = ['/sign-in'];

/** Everything around a page. The sign-in page stands alone: nothing there may ask the server. */
export function Frame({ children }: { children: ReactNode }) {
  const path = usePathname();
  return (
    <ThemeProvider>
      <TooltipProvider>
        {bare.includes(path) ? (
          children
        ) : (
          <DataProvider>
            <LiveProvider>
              <Suspense>
                <Screen>{children}</Screen>
              </Suspense>
            </LiveProvider>
          </DataProvider>
        )}
        <Toaster />
      </TooltipProvider>
    </ThemeProvider>
  );
}

/** rail · strip over main · inspector */
function Screen({ children }: { children: ReactNode }) {
  const needs = useNeeds();
  const [keys, setKeys] = useState(false);
  const [menu, setMenu] = useState(false);
  return (
    // clipped: what is only there for screen readers must never make the page scroll sideways
    <div className="relative flex h-dvh flex-col overflow-hidden md:flex-row">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 focus:rounded-md focus:bg-accent focus:px-3 focus:py-2 focus:text-accent-ink"
      >
        Skip to the page
      </a>
      <Rail needs={needs} onKeys={() => setKeys(true)} onMenu={() => setMenu(true)} />
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        <AttentionStrip needs={needs} onMenu={() => setMenu(true)} />
        <HaltBanner />
        <div className="flex min-h-0 flex-1">
          <main id="main" tabIndex={-1} className="flex min-w-0 flex-1 flex-col outline-none">
            {children}
          </main>
          <InspectorPanel />
        </div>
      </div>
      <BottomBar needs={needs} />
      <ShellKeys onMenu={() => setMenu((open) => !open)} onKeys={() => setKeys(true)} />
      <CommandMenu open={menu} onOpenChange={setMenu} onKeys={() => setKeys(true)} />
      <KeySheet open={keys} onOpenChange={setKeys} />
      <StopDialog />
      <EmergencyDialog />
      <StopPanels />
    </div>
  );
}
