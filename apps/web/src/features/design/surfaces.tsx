import { Card, CardHeader } from '@/ui/card';

const surfaces = ['bg', 'surface', 'raised', 'sunken', 'hover', 'line', 'line-strong', 'accent-soft'];
const inks = ['ink', 'ink-2', 'ink-3', 'accent', 'tone-neutral', 'tone-active', 'tone-success', 'tone-attention', 'tone-danger'];
const series = [1, 2, 3, 4, 5, 6, 7].map((n) => `series-${n}`);

export function Surfaces() {
  return (
    <Card>
      <CardHeader title="Colours" hint="4.5:1 on every surface, checked by a test" />
      <div className="flex flex-col gap-3 p-4">
        {[surfaces, inks, series].map((names) => (
          <ul key={names[0]} className="flex flex-wrap gap-2">
            {names.map((n) => (
              <li key={n} className="flex items-center gap-1.5 text-ink-2 text-xs">
                <span className="size-5 rounded border border-line-strong" style={{ background: `var(--${n})` }} />
                {n}
              </li>
            ))}
          </ul>
        ))}
      </div>
    </Card>
  );
}
