'use client';
import { Inbox } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Card, CardHeader } from '@/ui/card';
import { cn } from '@/ui/cn';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { PageBody, PageHeader } from '@/ui/page-header';
import { SkeletonRows } from '@/ui/skeleton';
import { Segmented } from '@/ui/tabs';
import { Cards } from './cards';
import { Controls } from './controls';
import { Marks } from './marks';
import { Surfaces } from './surfaces';

/** Every mark and control, in both themes side by side: where a change to the language is looked at first. */
export function DesignPage() {
  const [themes, setThemes] = useState<'both' | 'light' | 'dark'>('both');
  const shown = themes === 'both' ? (['light', 'dark'] as const) : ([themes] as const);
  return (
    <>
      <PageHeader title="Marks and controls" hint="A state is always glyph, word and tone">
        <Segmented
          label="Theme shown"
          value={themes}
          onChange={(theme) => setThemes(theme)}
          options={[
            { value: 'both', label: 'Both' },
            { value: 'light', label: 'Light' },
            { value: 'dark', label: 'Dark' },
          ]}
        />
      </PageHeader>
      <PageBody className="p-0">
        <div className={cn('grid min-h-full', themes === 'both' && 'lg:grid-cols-2')}>
          {shown.map((theme) => (
            <Theme key={theme} name={theme}>
              <Marks />
              <Cards />
              <Controls scope={theme} />
              <Surfaces />
              <States />
            </Theme>
          ))}
        </div>
      </PageBody>
    </>
  );
}

/** The tones are variables of a class, so a part of a page can wear the other theme. */
function Theme({ name, children }: { name: 'light' | 'dark'; children: ReactNode }) {
  return (
    <section
      aria-label={name === 'light' ? 'Light' : 'Dark'}
      className={cn(name === 'light' ? 'on-light' : 'dark', 'flex min-w-0 flex-col gap-4 bg-bg p-4 text-ink')}
    >
      {children}
    </section>
  );
}

function States() {
  return (
    <Card>
      <CardHeader title="States of a view" />
      <div className="grid sm:grid-cols-3">
        <SkeletonRows label="Loading, as an example" />
        <EmptyState icon={Inbox} title="Nothing here yet">
          What belongs here, why nothing is here, what to do next.
        </EmptyState>
        <ErrorState error={new Error('example')} onRetry={() => {}} />
      </div>
    </Card>
  );
}
