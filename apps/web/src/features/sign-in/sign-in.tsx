import { KeyRound, Link2Off, type LucideIcon } from 'lucide-react';
import { Logo } from '@/ui/logo';

type Words = { icon: LucideIcon; title: string; text: string };
const needsLink: Words = {
  icon: KeyRound,
  title: 'Sign in with your link',
  text: 'Reeve has no password. It prints a one-time link when it starts; opening it signs this browser in for 30 days.',
};
const words: Record<string, Words> = {
  used: {
    icon: Link2Off,
    title: 'This link no longer works',
    text: 'A sign-in link works once, within a day. This one was used before, or is older. If it was not you who used it, somebody else is signed in.',
  },
  expired: { icon: Link2Off, title: 'This link has expired', text: 'A sign-in link works once, within a day.' },
  ended: { icon: KeyRound, title: 'You are signed out', text: 'The session of this browser is over. Agents run on without you.' },
};

/** Stands alone: nothing here asks the server. */
export function SignIn({ reason }: { reason: string | null }) {
  const w = (reason && words[reason]) || needsLink;
  const Icon = w.icon;
  return (
    <main className="flex min-h-dvh items-center justify-center p-4">
      <div className="flex w-full max-w-[420px] flex-col gap-5">
        <p className="flex items-center gap-2.5">
          <Logo size={24} />
          <span className="font-semibold text-lg tracking-tight">Reeve</span>
        </p>
        <section className="rounded-xl border border-line bg-surface p-5">
          <Icon size={20} aria-hidden className="text-ink-3" />
          <h1 className="pt-3 font-semibold text-xl">{w.title}</h1>
          <p className="pt-1 text-pretty text-ink-2 text-base">{w.text}</p>
          <h2 className="pt-5 font-medium text-ink-3 text-xs">How to get a link</h2>
          <ol className="list-decimal pt-1 pl-4 text-ink-2 text-sm marker:text-ink-3 [&>li]:pt-1.5">
            <li>
              Look at the terminal where Reeve runs, for the line <Code>Reeve is ready: http://…</Code>
            </li>
            <li>
              No longer there? End it with Ctrl-C and run <Code>npm start</Code> again: a warm start takes seconds, and prints a new link.
            </li>
            <li>Signed in on another device? Make a link for this one there, under Settings.</li>
          </ol>
        </section>
      </div>
    </main>
  );
}
const Code = ({ children }: { children: string }) => (
  <code className="rounded border border-line bg-sunken px-1 py-px font-mono text-ink text-xs">{children}</code>
);
