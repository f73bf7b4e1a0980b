import { type ClassValue, clsx } from 'clsx';
import { extendTailwindMerge } from 'tailwind-merge';

// our own font sizes, or tailwind-merge takes `text-2xs` for a colour and drops the real one
const twMerge = extendTailwindMerge({ extend: { classGroups: { 'font-size': [{ text: ['2xs'] }] } } });
export const cn = (...inputs: ClassValue[]): string => twMerge(clsx(inputs));
