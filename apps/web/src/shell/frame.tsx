'use client';
import { Search } from 'lucide-react';
import { usePathname } from 'next/navigation';
import { type ReactNode, Suspense, useState } from 'react';
import { StopDialog } from '@/features/stop/stop-dialog';
import { StopPanels } from '@/features/stop/stop-panel';
import { LiveProvider } from '@/live';
import { DataProvider } from '@/trpc';
import { IconButton } from '@/ui/button';
import { Logo } from '@/ui/logo';
import { Toaster } from '@/ui/toast';
import { TooltipProvider } from '@/ui/tooltip';
import { AttentionStrip } from './attention-strip';
import { CommandMenu } from './command-menu';
import { InspectorPanel } from './inspector-panel';
import { KeySheet } from './key-sheet';
import { LiveBadge } from './live-badge';
import { useNeeds } from './needs-me';
import { BottomBar, Rail } from './rail';
import { ShellKeys } from './shell-keys';
import { ThemeProvider, ThemeSwitch } from './theme';

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
    <div className="flex h-dvh flex-col md:flex-row">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 focus:rounded-md focus:bg-accent focus:px-3 focus:py-2 focus:text-accent-ink"
      >
        Skip to the page
      </a>
      <Rail needs={needs} onKeys={() => setKeys(true)} onMenu={() => setMenu(true)} />
      <div className="flex h-11 shrink-0 items-center gap-2 border-line border-b bg-surface px-4 md:hidden">
        <Logo />
        <span className="font-semibold text-base tracking-tight">Reeve</span>
        <span className="ml-auto">
          <LiveBadge />
        </span>
        <IconButton label="Menu" onClick={() => setMenu(true)}>
          <Search size={16} />
        </IconButton>
        <ThemeSwitch />
      </div>
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        <AttentionStrip needs={needs} />
        <div className="flex min-h-0 flex-1">
          <main id="main" tabIndex={-1} className="flex min-w-0 flex-1 flex-col outline-none">
            {children}
          </main>
          <InspectorPanel />
        </div>
      </div>
      <BottomBar needs={needs} />
      <ShellKeys onMenu={() => setMenu(true)} onKeys={() => setKeys(true)} />
      <CommandMenu open={menu} onOpenChange={setMenu} onKeys={() => setKeys(true)} />
      <KeySheet open={keys} onOpenChange={setKeys} />
      <StopDialog />
      <StopPanels />
    </div>
  );
}
