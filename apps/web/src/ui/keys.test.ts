import { describe, expect, it } from 'vitest';
import { strokeOf } from './keys';

const press = (key: string, over: Partial<Record<'metaKey' | 'ctrlKey' | 'altKey' | 'shiftKey', boolean>> = {}) => ({
  key,
  metaKey: false,
  ctrlKey: false,
  altKey: false,
  shiftKey: false,
  ...over,
});

describe('strokes', () => {
  it('mod is ⌘ on a Mac and Ctrl elsewhere', () => {
    expect(strokeOf(press('.', { metaKey: true }), true)).toBe('mod+.');
    expect(strokeOf(press('.', { ctrlKey: true }), false)).toBe('mod+.');
    expect(strokeOf(press('K', { ctrlKey: true, shiftKey: true }), false)).toBe('mod+k');
  });
  it('a typed character is itself, shifted or not', () => {
    expect(strokeOf(press('?', { shiftKey: true }), false)).toBe('?');
    expect(strokeOf(press('Enter', { ctrlKey: true }), false)).toBe('mod+Enter');
  });
});
