'use client';
import { KeyRound, Link2Off, type LucideIcon, ShieldX } from 'lucide-react';
import { Logo } from '@/ui/logo';
import { SignInForm } from './sign-in-form';

type Words = { icon: LucideIcon; title: string; text: string };
const plain: Words = {
  icon: KeyRound,
  title: 'Sign in',
  text: 'With your account, or with the one-time link that Reeve prints when it starts.',
};
const words: Record<string, Words> = {
  used: {
    icon: Link2Off,
    title: 'This link no longer works',
    text: 'A sign-in link works once, within a day. This one was used before, or is older. If it was not you who used it, somebody else is signed in.',
  },
  expired: { icon: Link2Off, title: 'This link has expired', text: 'A sign-in link works once, within a day.' },
  ended: { icon: KeyRound, title: 'You are signed out', text: 'The session of this browser is over. Agents run on without you.' },
  refused: {
    icon: ShieldX,
    title: 'Your provider signed you in, but Reeve does not know you',
    text: 'Members and those who were invited come in, under the same address. Ask an owner for an invitation.',
  },
};

export function SignIn({ reason }: { reason: string | null }) {
  const w = (reason && words[reason]) || plain;
  return (
    <Alone icon={w.icon} title={w.title} text={w.text}>
      <SignInForm />
      <details className="pt-5 text-ink-2 text-sm">
        <summary className="cursor-pointer font-medium text-ink-3 text-xs">No account yet? How to get a link</summary>
        <ol className="list-decimal pt-1 pl-4 marker:text-ink-3 [&>li]:pt-1.5">
          <li>
            Look at the terminal where Reeve runs, for the line <Code>Reeve is ready: http://…</Code>
          </li>
          <li>
            No longer there? End it with Ctrl-C and run <Code>npm start</Code> again: a warm start takes seconds, and prints a new link.
          </li>
          <li>Signed in on another device? Make a link for this one there, under Settings.</li>
          <li>Somebody else’s Reeve? Ask an owner for an invitation.</li>
        </ol>
      </details>
    </Alone>
  );
}

/** A page for somebody who is nobody yet. */
export function Alone({ icon: Icon, title, text, children }: Words & { children: React.ReactNode }) {
  return (
    <main className="flex min-h-dvh items-center justify-center p-4">
      <div className="flex w-full max-w-[420px] flex-col gap-5">
        <p className="flex items-center gap-2.5">
          <Logo size={24} />
          <span className="font-semibold text-lg tracking-tight">Reeve</span>
        </p>
        <section className="rounded-xl border border-line bg-surface p-5">
          <Icon size={20} aria-hidden className="text-ink-3" />
          <h1 className="pt-3 font-semibold text-xl">{title}</h1>
          <p className="pt-1 text-pretty text-base text-ink-2">{text}</p>
          {children}
        </section>
      </div>
    </main>
  );
}
const Code = ({ children }: { children: string }) => (
  <code className="rounded border border-line bg-sunken px-1 py-px font-mono text-ink text-xs">{children}</code>
);
