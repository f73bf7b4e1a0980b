import { createContext } from 'react';

/** A line of the candidate, as a comment names it. */
export type CommentPlace = { path: string; line: number };

/** Begins a comment on a line of whichever file is shown; null: nobody listens. */
export const CommentOnPlace = createContext<((place: CommentPlace) => void) | null>(null);
/** The same with the file already known. */
export const CommentOnLine = createContext<((line: number) => void) | null>(null);
