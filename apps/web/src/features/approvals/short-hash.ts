/** Enough of a hash to compare by eye; a prefix such as `sha256:` stays. */
export const shortHash = (hash: string): string => {
  const at = hash.lastIndexOf(':') + 1;
  return hash.slice(0, at) + hash.slice(at, at + 12);
};
