import Link from 'next/link';
import type { ReactNode } from 'react';
import { Card, CardBody, CardHeader } from '@/ui/card';

const link = 'text-accent underline underline-offset-2';

/** Where everything is kept, and the doors for people and machines. */
export function DataPlace() {
  return (
    <Card aria-label="Data and doors">
      <CardHeader title="Data and doors" />
      <CardBody>
        <dl className="grid gap-x-4 gap-y-3 text-sm sm:grid-cols-[128px_1fr]">
          <Row name="Data">
            In the folder <Mono>REEVE_DATA_DIR</Mono>, by default <Mono>.reeve</Mono> in the checkout: the database, clones of your
            repositories, logs. With <Mono>DATABASE_URL</Mono> the database is your own PostgreSQL. Stop Reeve before you copy the folder.
          </Row>
          <Row name="Audit log">
            <Link className={link} href="/settings/audit" data-testid="audit-link">
              Every decision of people and tokens
            </Link>
            , with what was before and after; <Mono>reeve audit verify</Mono> checks it.
          </Row>
          <Row name="API">
            <a className={link} href="/docs">
              Documentation of every call
            </a>
            , and{' '}
            <a className={link} href="/openapi.json">
              openapi.json
            </a>{' '}
            for any language.
          </Row>
          <Row name="Health">
            <a className={link} href="/healthz">
              /healthz
            </a>
            ,{' '}
            <a className={link} href="/readyz">
              /readyz
            </a>
            ,{' '}
            <a className={link} href="/metrics">
              /metrics
            </a>{' '}
            for Prometheus.
          </Row>
          <Row name="Design">
            <Link className={link} href="/design">
              Every mark and control
            </Link>{' '}
            in both themes.
          </Row>
        </dl>
      </CardBody>
    </Card>
  );
}
function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="font-medium text-ink max-sm:-mb-2">{name}</dt>
      <dd className="min-w-0 text-ink-2">{children}</dd>
    </>
  );
}
const Mono = ({ children }: { children: string }) => <code className="font-mono text-ink text-xs">{children}</code>;
