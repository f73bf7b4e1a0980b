import { type ClassValue, clsx } from 'clsx';
import { extendTailwindMerge } from 'tailwind-merge';

// our own font sizes, or tailwind-merge takes `text-2xs` for a colour and drops the real one
const twMerge = extendTailwindMerge({ extend: { classGroups: { 'font-size': [{ text: ['2xs'] }] } } });
/** Classes of which a later one takes the place of an earlier one that says the same; a single text has nothing to merge. */
export function cn(...inputs: ClassValue[]): string {
  const given = inputs.filter(Boolean);
  const [only] = given;
  return given.length === 1 && typeof only === 'string' ? only : twMerge(clsx(given));
}
