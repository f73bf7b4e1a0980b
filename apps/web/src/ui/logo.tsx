/** A tree with one node held: three strokes and a ring. */
export function Logo({ size = 20 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 20 20" fill="none" aria-hidden="true" className="shrink-0">
      <path
        d="M10 6.2v3.3M10 9.5c0 2.6-4.9 1.6-4.9 4.4M10 9.5c0 2.6 4.9 1.6 4.9 4.4"
        stroke="var(--ink)"
        strokeWidth="1.6"
        strokeLinecap="round"
      />
      <circle cx="10" cy="3.9" r="2.3" fill="var(--accent)" />
      <circle cx="5.1" cy="15.9" r="2" fill="var(--ink)" />
      <circle cx="14.9" cy="15.9" r="2" stroke="var(--accent)" strokeWidth="1.6" />
    </svg>
  );
}
