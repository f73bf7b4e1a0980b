/** The parts of a slash-separated path, without empty ones. */
export function parts(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

/** The deepest folder that holds all paths; an empty string when they share none. */
export function commonFolder(paths: string[]): string {
  const [first, ...rest] = paths;
  if (first === undefined) return '';
  let shared = first;
  for (const path of rest) {
    let length = 0;
    while (length < shared.length && shared[length] === path[length]) length++;
    shared = shared.slice(0, length);
  }
  return shared.replace(/\/$/, '');
}

/** The extension with its dot, or an empty string; a leading dot is part of the name. */
export function extension(path: string): string {
  const name = parts(path).at(-1) ?? '';
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(dot) : '';
}
