'use client';
import { useTheme } from 'next-themes';
import { useState, useSyncExternalStore } from 'react';
import { Card, CardBody, CardHeader } from '@/ui/card';
import { Checkbox } from '@/ui/field';
import { setSingleKeys, singleKeysOn } from '@/ui/keys';
import { notificationsOn, setNotifications } from '@/ui/notifications';
import { Segmented } from '@/ui/tabs';

const themes = [
  { value: 'system', label: 'As the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
] as const;
const still = () => () => {};

/** Kept in this browser alone. */
export function Preferences() {
  const { theme, setTheme } = useTheme();
  const here = useSyncExternalStore(
    still,
    () => true,
    () => false,
  );
  const [keys, setKeys] = useState<boolean | null>(null);
  const [notify, setNotify] = useState<boolean | null>(null);
  const on = keys ?? (here ? singleKeysOn() : true);
  return (
    <Card aria-label="This browser">
      <CardHeader title="This browser" hint="kept here, not on the server" />
      <CardBody className="flex flex-col gap-4">
        <div className="gap-3 max-sm:flex max-sm:flex-col max-sm:items-start sm:grid sm:grid-cols-[128px_auto] sm:items-center sm:justify-start">
          <span className="font-medium text-sm">Theme</span>
          <Segmented<string> label="Theme" value={here ? (theme ?? 'system') : 'system'} onChange={setTheme} options={themes} />
        </div>
        <div className="gap-x-3 gap-y-1 max-sm:flex max-sm:flex-col sm:grid sm:grid-cols-[128px_1fr]">
          <span className="font-medium text-sm">Keys</span>
          <div>
            <Checkbox
              label="Single-letter keys"
              checked={on}
              onChange={(e) => {
                setSingleKeys(e.target.checked);
                setKeys(e.target.checked);
              }}
            />
            <p className="text-ink-3 text-xs">
              Off, letters such as j, k, / and g do nothing; keys with Ctrl or ⌘, arrows, Enter and Esc stay. Turn them off if you dictate.
            </p>
          </div>
        </div>
        <div className="gap-x-3 gap-y-1 max-sm:flex max-sm:flex-col sm:grid sm:grid-cols-[128px_1fr]">
          <span className="font-medium text-sm">Notifications</span>
          <div>
            <Checkbox
              label="Tell me in this browser"
              checked={notify ?? (here ? notificationsOn() : false)}
              onChange={(e) => void setNotifications(e.target.checked).then(setNotify)}
            />
            <p className="text-ink-3 text-xs">
              While this page is open and not looked at, the browser tells you of what newly needs you: approvals, budgets near their end or
              over it, orphans, ends that nothing proves, dead letters. It may ask you first.
            </p>
          </div>
        </div>
      </CardBody>
    </Card>
  );
}
