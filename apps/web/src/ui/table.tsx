import type { ComponentProps } from 'react';
import { cn } from './cn';

/** Rows of 32 px. Wrap in a box that scrolls sideways on phones: `Table` brings it. */
export function Table({ className, ...props }: ComponentProps<'table'>) {
  return (
    <div className="w-full overflow-x-auto">
      <table className={cn('w-full border-collapse text-left text-sm', className)} {...props} />
    </div>
  );
}
export function THead({ className, ...props }: ComponentProps<'thead'>) {
  return <thead className={cn('text-ink-3 text-xs', className)} {...props} />;
}
export function TBody(props: ComponentProps<'tbody'>) {
  return <tbody {...props} />;
}
export function TR({ className, ...props }: ComponentProps<'tr'>) {
  return <tr className={cn('h-8 border-line border-b last:border-b-0', className)} {...props} />;
}
/** A row that opens something: give it `onClick` and put a real link or button into its first cell. */
export function TRLink({ className, ...props }: ComponentProps<'tr'>) {
  return <TR className={cn('cursor-pointer hover:bg-hover', className)} {...props} />;
}
type Cell = { numeric?: boolean };
export function TH({ numeric, className, ...props }: ComponentProps<'th'> & Cell) {
  return <th scope="col" className={cn('h-8 whitespace-nowrap px-3 font-medium', numeric && 'text-right', className)} {...props} />;
}
export function TD({ numeric, className, ...props }: ComponentProps<'td'> & Cell) {
  return <td className={cn('px-3 py-1', numeric && 'whitespace-nowrap text-right', className)} {...props} />;
}
