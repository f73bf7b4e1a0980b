'use client';
import dynamic from 'next/dynamic';
import { usePathname } from 'next/navigation';
import { type ReactNode, Suspense, useState } from 'react';
import { useEmergencyRequest } from '@/features/stop/emergency-request';
import { useStopRequest } from '@/features/stop/stop-request';
import { LiveProvider } from '@/live';
import { DataProvider, useConfirmationAsked } from '@/trpc';
import { again } from '@/ui/again';
import { InBrowser } from '@/ui/in-browser';
import { Toaster } from '@/ui/toast';
import { TooltipProvider } from '@/ui/tooltip';
import { useIsPhone } from '@/ui/use-media';
import { isBare } from '@/vocabulary/pages';
import { AttentionStrip } from './attention-strip';
import { HaltBanner } from './halt-banner';
import { InspectorPanel } from './inspector-panel';
import { useNeeds } from './needs-me';
import { useNeedNotifications } from './notify-needs';
import { BottomBar, Rail } from './rail';
import { ShellKeys } from './shell-keys';
import { ThemeProvider } from './theme';
import { useWarm } from './use-warm';

// none of these is on the first picture of any page: see useWarm
const CommandMenu = dynamic(() => again(() => import('./command-menu').then((m) => m.CommandMenu)), { ssr: false });
const KeySheet = dynamic(() => again(() => import('./key-sheet').then((m) => m.KeySheet)), { ssr: false });
const StopDialog = dynamic(() => again(() => import('@/features/stop/stop-dialog').then((m) => m.StopDialog)), { ssr: false });
const EmergencyDialog = dynamic(() => again(() => import('@/features/stop/emergency-dialog').then((m) => m.EmergencyDialog)), {
  ssr: false,
});
const StopPanels = dynamic(() => again(() => import('@/features/stop/stop-panel').then((m) => m.StopPanels)), { ssr: false });

const ConfirmDialog = dynamic(() => again(() => import('./confirm-dialog').then((m) => m.ConfirmDialog)), { ssr: false });

/** Everything around a page. Where somebody comes in stands alone: nothing there may ask as somebody. */
export function Frame({ nonce, children }: { nonce?: string | undefined; children: ReactNode }) {
  const path = usePathname();
  return (
    <ThemeProvider nonce={nonce}>
      <TooltipProvider>
        {isBare(path) ? (
          children
        ) : (
          <DataProvider>
            <LiveProvider>
              <Suspense>
                <InBrowser>
                  <Screen>{children}</Screen>
                </InBrowser>
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
  useNeedNotifications(needs);
  const [keys, setKeys] = useState(false);
  const [menu, setMenu] = useState(false);
  const stopping = useStopRequest() !== null;
  const emergency = useEmergencyRequest() !== null;
  const confirming = useConfirmationAsked();
  const warm = useWarm();
  const phone = useIsPhone();
  return (
    // clipped: what is only there for screen readers must never make the page scroll sideways
    <div className="relative flex h-dvh flex-col overflow-hidden md:flex-row">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 focus:rounded-md focus:bg-accent focus:px-3 focus:py-2 focus:text-accent-ink"
      >
        Skip to the page
      </a>
      {!phone && <Rail needs={needs} warm={warm} onKeys={() => setKeys(true)} onMenu={() => setMenu(true)} />}
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        <AttentionStrip needs={needs} warm={warm} onMenu={() => setMenu(true)} />
        <HaltBanner />
        <div className="flex min-h-0 flex-1">
          <main id="main" tabIndex={-1} className="flex min-w-0 flex-1 flex-col outline-none">
            {children}
          </main>
          <InspectorPanel warm={warm} />
        </div>
      </div>
      {phone && <BottomBar needs={needs} warm={warm} />}
      <ShellKeys onMenu={() => setMenu((open) => !open)} onKeys={() => setKeys(true)} />
      {(warm || menu) && <CommandMenu open={menu} onOpenChange={setMenu} onKeys={() => setKeys(true)} />}
      {(warm || keys) && <KeySheet open={keys} onOpenChange={setKeys} />}
      {(warm || stopping) && <StopDialog />}
      {(warm || emergency) && <EmergencyDialog />}
      {(warm || stopping) && <StopPanels />}
      {(warm || confirming) && <ConfirmDialog />}
    </div>
  );
}
