'use client';
import { useEffect } from 'react';
import { Account, People, Tokens } from '@/features/people';
import { PageBody, PageHeader } from '@/ui/page-header';
import { DataPlace } from './data-place';
import { Devices } from './devices';
import { Limits } from './limits';
import { Preferences } from './preferences';
import { Repositories } from './repositories';
import { Rules } from './rules';
import { Webhooks } from './webhooks';

export function SettingsPage() {
  // a link to one card: the browser looked for it before the page was drawn
  useEffect(() => document.getElementById(window.location.hash.slice(1))?.scrollIntoView(), []);
  return (
    <>
      <PageHeader title="Settings" />
      <PageBody>
        <div className="mx-auto flex max-w-3xl flex-col gap-4">
          <Limits />
          <Rules />
          <Repositories />
          <Webhooks />
          <People />
          <Tokens />
          <Account />
          <Devices />
          <Preferences />
          <DataPlace />
        </div>
      </PageBody>
    </>
  );
}
