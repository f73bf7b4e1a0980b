'use client';
import { Account, People, Tokens } from '@/features/people';
import { PageBody, PageHeader } from '@/ui/page-header';
import { DataPlace } from './data-place';
import { Devices } from './devices';
import { Limits } from './limits';
import { Preferences } from './preferences';
import { Repositories } from './repositories';
import { Webhooks } from './webhooks';

export function SettingsPage() {
  return (
    <>
      <PageHeader title="Settings" />
      <PageBody>
        <div className="mx-auto flex max-w-3xl flex-col gap-4">
          <Limits />
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
