import { describe, expect, it } from 'vitest';
import { plainLog } from './plain-log';

const esc = '\u001b';

describe('gate output as text', () => {
  it('drops colours, cursor moves and links', () => {
    expect(plainLog(`${esc}[31mFAIL${esc}[0m a ${esc}[2K${esc}]8;;http://x${esc}\\link${esc}]8;;${esc}\\`)).toBe('FAIL a link');
  });
  it('keeps the last state of a line that was written over', () => {
    expect(plainLog('10%\r50%\r100%\r\ndone')).toBe('100%\ndone');
  });
  it('shows what else cannot be seen', () => {
    expect(plainLog('ok\u202e')).toBe('ok‹U+202E›');
  });
});
