'use client';
import { Bell, Ellipsis, Square } from 'lucide-react';
import { useState } from 'react';
import { Ago, Countdown, Duration } from '@/ui/ago';
import { Button, IconButton } from '@/ui/button';
import { Card, CardHeader } from '@/ui/card';
import { Checkbox, Field, Input, Select, Textarea } from '@/ui/field';
import { KeyHint } from '@/ui/key-hint';
import { Menu } from '@/ui/menu';
import { Money } from '@/ui/money';
import { Badge } from '@/ui/state-mark';
import { Segmented } from '@/ui/tabs';
import { notify } from '@/ui/toast';

export function Controls({ scope }: { scope: string }) {
  const [view, setView] = useState('tree');
  const [openedMs] = useState(() => Date.now());
  const row = 'flex flex-wrap items-center gap-2';
  return (
    <Card>
      <CardHeader title="Controls" />
      <div className="flex flex-col gap-4 p-4">
        <div className={row}>
          <Button variant="primary">Approve</Button>
          <Button>Secondary</Button>
          <Button variant="ghost">Ghost</Button>
          <Button variant="danger">
            <Square size={12} fill="currentColor" aria-hidden /> Stop 12 agents
          </Button>
          <Button variant="danger-quiet">Stop</Button>
          <Button variant="link">A link</Button>
        </div>
        <div className={row}>
          <Button busy>On its way</Button>
          <Button why="The base moved; gates are running again.">Disabled, with its reason</Button>
          <Button size="sm">Small</Button>
          <IconButton label="More">
            <Ellipsis size={16} />
          </IconButton>
          <IconButton label="Tell something" onClick={() => notify('Pause asked of 3 agents', 'It takes effect with the next heartbeat.')}>
            <Bell size={16} />
          </IconButton>
          <Menu
            label="Example"
            trigger={<Button>Menu</Button>}
            items={[
              { label: 'An order', keys: 'mod+.', onSelect: () => {} },
              { label: 'Impossible now', why: 'It has ended.', onSelect: () => {} },
              'line',
              { label: 'A grave one', danger: true, onSelect: () => {} },
            ]}
          />
        </div>
        <div className="grid gap-3 sm:grid-cols-2">
          <Field label="A field" hint="What it is for">
            <Input placeholder="Placeholder" />
          </Field>
          <Field label="A field with an error" error="Use a number from 1 to 100.">
            <Input defaultValue="one" />
          </Field>
          <Field label="A choice">
            <Select defaultValue="30">
              <option value="5">5 s</option>
              <option value="30">30 s</option>
            </Select>
          </Field>
          <Field label="A text">
            <Textarea rows={2} />
          </Field>
        </div>
        <div className={row}>
          <Checkbox label="A checkbox" defaultChecked />
          <Segmented
            label={`View, ${scope}`}
            value={view}
            onChange={setView}
            options={[
              { value: 'tree', label: 'Tree' },
              { value: 'outline', label: 'Outline' },
            ]}
          />
          <Badge>Badge</Badge>
          <Badge tone="active">active</Badge>
          <Badge tone="attention">attention</Badge>
          <KeyHint keys="mod+K" />
          <KeyHint keys="g a" />
        </div>
        <div className={row}>
          <Money usd="0.000012" /> · <Money usd="0.0042" /> · <Money usd="12.34" unpriced={2} /> · <Money usd="1204.9" /> ·{' '}
          <Ago at={openedMs - 4000} /> · <Duration from={openedMs - 192_000} until={openedMs} /> · <Countdown until={openedMs + 30_000} />
        </div>
      </div>
    </Card>
  );
}
