'use client';
import {
  Activity,
  CircleDollarSign,
  Ellipsis,
  GitPullRequestArrow,
  Keyboard,
  LayoutDashboard,
  ListChecks,
  type LucideIcon,
  Network,
  Search,
  Settings,
} from 'lucide-react';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { IconButton } from '@/ui/button';
import { cn } from '@/ui/cn';
import { KeyHint } from '@/ui/key-hint';
import { Logo } from '@/ui/logo';
import { Menu } from '@/ui/menu';
import { Tooltip } from '@/ui/tooltip';
import { useGo } from '@/ui/use-url';
import { type PageId, pages } from '@/vocabulary/pages';
import type { Need } from './needs-me';
import { ThemeSwitch } from './theme';
import { prefetchOf } from './use-warm';

export const pageIcons: Record<PageId, LucideIcon> = {
  overview: LayoutDashboard,
  agents: Network,
  tasks: ListChecks,
  costs: CircleDollarSign,
  approvals: GitPullRequestArrow,
  activity: Activity,
  settings: Settings,
};
const isHere = (path: string, href: string) => (href === '/' ? path === '/' : path === href || path.startsWith(`${href}/`));
const badgeOf = (id: PageId, needs: Need[]) => (id === 'approvals' ? (needs.find((n) => n.key === 'approvals')?.count ?? 0) : 0);

function Count({ n, className }: { n: number; className?: string }) {
  if (!n) return null;
  return (
    <span
      className={cn(
        'inline-flex h-[18px] min-w-[18px] items-center justify-center rounded-full bg-attention-soft px-1 font-semibold text-2xs text-attention',
        className,
      )}
    >
      {n > 99 ? '99+' : n}
      <span className="sr-only"> waiting</span>
    </span>
  );
}

export function Rail({ needs, warm, onKeys, onMenu }: { needs: Need[]; warm: boolean; onKeys(): void; onMenu(): void }) {
  const path = usePathname();
  return (
    <aside className="hidden w-[52px] shrink-0 flex-col border-line border-r bg-surface md:flex xl:w-[188px]">
      <Link
        href="/"
        prefetch={prefetchOf(warm)}
        aria-label="Reeve, overview"
        className="flex h-12 items-center gap-2.5 px-4 max-xl:justify-center max-xl:px-0"
      >
        <Logo />
        <span className="font-semibold text-base tracking-tight max-xl:hidden">Reeve</span>
      </Link>
      <div className="px-2 pb-2">
        <button
          type="button"
          onClick={onMenu}
          title="Go anywhere, find an agent, give an order"
          aria-keyshortcuts="Control+K Meta+K"
          className="flex h-8 w-full items-center gap-2 rounded-md border border-line px-2.5 text-ink-3 text-sm hover:border-line-strong hover:text-ink max-xl:justify-center max-xl:px-0"
        >
          <Search size={14} aria-hidden />
          <span className="max-xl:sr-only">Find</span>
          <span aria-hidden className="ml-auto max-xl:hidden">
            <KeyHint keys="mod+K" />
          </span>
        </button>
      </div>
      <nav aria-label="Pages" className="flex flex-1 flex-col gap-0.5 px-2 pt-1">
        {pages.map((p) => {
          const Icon = pageIcons[p.id];
          const here = isHere(path, p.href);
          return (
            <Tooltip key={p.id} side="right" content={p.question} keys={`g ${p.key}`}>
              <Link
                href={p.href}
                prefetch={prefetchOf(warm)}
                aria-current={here ? 'page' : undefined}
                className={cn(
                  'relative flex h-8 items-center gap-2.5 rounded-md px-2.5 font-medium text-ink-2 text-sm hover:bg-hover hover:text-ink max-xl:justify-center max-xl:px-0',
                  here && 'bg-hover text-ink',
                )}
              >
                <Icon size={16} aria-hidden className={here ? 'text-accent' : undefined} />
                <span className="max-xl:sr-only">{p.label}</span>
                <Count n={badgeOf(p.id, needs)} className="xl:ml-auto max-xl:absolute max-xl:-top-1 max-xl:-right-1" />
              </Link>
            </Tooltip>
          );
        })}
      </nav>
      <div className="border-line border-t px-2 py-2">
        <div className="flex gap-1 max-xl:flex-col max-xl:items-center">
          <ThemeSwitch />
          <IconButton label="Keys" keys="?" onClick={onKeys}>
            <Keyboard size={16} />
          </IconButton>
        </div>
      </div>
    </aside>
  );
}

const onPhone: PageId[] = ['overview', 'agents', 'tasks', 'approvals'];

/** The rail of a phone. */
export function BottomBar({ needs, warm }: { needs: Need[]; warm: boolean }) {
  const path = usePathname();
  const go = useGo();
  const rest = pages.filter((p) => !onPhone.includes(p.id));
  const item = 'relative flex h-14 flex-1 flex-col items-center justify-center gap-0.5 font-medium text-2xs';
  return (
    <nav aria-label="Pages" className="flex shrink-0 border-line border-t bg-surface pb-[env(safe-area-inset-bottom)] md:hidden">
      {pages
        .filter((p) => onPhone.includes(p.id))
        .map((p) => {
          const Icon = pageIcons[p.id];
          const here = isHere(path, p.href);
          return (
            <Link
              key={p.id}
              href={p.href}
              prefetch={prefetchOf(warm)}
              aria-current={here ? 'page' : undefined}
              className={cn(item, here ? 'text-accent' : 'text-ink-2')}
            >
              <Icon size={18} aria-hidden />
              {p.label}
              <Count n={badgeOf(p.id, needs)} className="absolute top-1 left-1/2 ml-2" />
            </Link>
          );
        })}
      <Menu
        label="More pages"
        trigger={
          <button type="button" className={cn(item, rest.some((p) => isHere(path, p.href)) ? 'text-accent' : 'text-ink-2')}>
            <Ellipsis size={18} aria-hidden />
            More
          </button>
        }
        items={rest.map((p) => {
          const Icon = pageIcons[p.id];
          return { label: p.label, icon: <Icon />, onSelect: () => go(p.href) };
        })}
      />
    </nav>
  );
}
