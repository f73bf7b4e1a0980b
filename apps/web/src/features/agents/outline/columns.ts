/** One grid for the head and every line; columns leave from the right as the screen gets narrower. */
export const outlineGrid =
  'grid gap-x-2 md:gap-x-3 grid-cols-[minmax(0,1fr)_96px_60px] md:grid-cols-[minmax(180px,1.4fr)_112px_minmax(120px,1.6fr)_92px_84px] lg:grid-cols-[minmax(200px,1.4fr)_112px_110px_minmax(120px,1.6fr)_100px_76px_84px_92px]';
export const outlineColumns = [
  { label: 'Agent', className: '' },
  { label: 'State', className: '' },
  { label: 'Role', className: 'max-lg:hidden' },
  { label: 'Activity', className: 'max-md:hidden' },
  { label: 'Heartbeat', className: 'max-md:hidden' },
  { label: 'Burn', className: 'text-right max-lg:hidden' },
  { label: 'Own', className: 'text-right max-lg:hidden' },
  { label: 'Subtree', className: 'text-right' },
] as const;
