import { type GlyphName, type GlyphPart, glyphs } from '@/vocabulary/glyphs';
import { cn } from './cn';

/** Decoration only: the word beside it says the same. */
export function Glyph({ name, size = 14, className }: { name: GlyphName; size?: number; className?: string }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" className={cn('shrink-0', className)}>
      {(glyphs[name] as readonly GlyphPart[]).map((p) => (
        <path
          key={p.d}
          d={p.d}
          fill={p.fill ? 'currentColor' : 'none'}
          stroke={p.fill ? 'none' : 'currentColor'}
          strokeWidth={1.75}
          strokeLinecap="round"
          strokeLinejoin="round"
          strokeDasharray={p.dash}
        />
      ))}
    </svg>
  );
}
