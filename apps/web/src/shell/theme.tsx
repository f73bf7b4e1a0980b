'use client';
import { Monitor, Moon, Sun } from 'lucide-react';
import { ThemeProvider as Themes, useTheme } from 'next-themes';
import type { ReactNode } from 'react';
import { IconButton } from '@/ui/button';
import { Menu } from '@/ui/menu';

export function ThemeProvider({ nonce, children }: { nonce?: string | undefined; children: ReactNode }) {
  return (
    <Themes nonce={nonce} attribute="class" defaultTheme="system" enableSystem disableTransitionOnChange>
      {children}
    </Themes>
  );
}

const choices = [
  { value: 'system', label: 'As the system', icon: <Monitor /> },
  { value: 'light', label: 'Light', icon: <Sun /> },
  { value: 'dark', label: 'Dark', icon: <Moon /> },
] as const;

export function ThemeSwitch() {
  const { theme, setTheme } = useTheme();
  return (
    <Menu
      label="Theme"
      align="start"
      trigger={
        <IconButton label="Theme">
          <Sun size={16} className="dark:hidden" />
          <Moon size={16} className="hidden dark:block" />
        </IconButton>
      }
      items={choices.map((c) => ({ label: c.label, icon: c.icon, checked: theme === c.value, onSelect: () => setTheme(c.value) }))}
    />
  );
}
