import { segmentsOf } from './hidden-characters';

const esc = String.fromCharCode(27);
const ansi = new RegExp(`${esc}(?:\\[[0-9;?]*[ -/]*[@-~]|\\][^${esc}\\u0007]*(?:\\u0007|${esc}\\\\)|[@-_])`, 'g');

/** Terminal output without its colours and cursor moves; carriage returns keep the last text of a line. */
export function plainLog(text: string): string {
  return text
    .replace(ansi, '')
    .split('\n')
    .map((line) => {
      const last = line.replace(/\r+$/, '').split('\r').at(-1) ?? '';
      return segmentsOf(last)
        .map((s) => ('code' in s ? `‹${s.code}›` : s.text))
        .join('');
    })
    .join('\n');
}
