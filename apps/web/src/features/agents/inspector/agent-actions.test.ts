import { describe, expect, it } from 'vitest';
import { anAgent } from '@/live/samples';
import { whyNot, whyNotBelow } from './agent-actions';

const a = (state: Parameters<typeof anAgent>[0]['state'], stopId: string | null = null) =>
  anAgent({ id: 'a', ...(state ? { state } : {}), stopId });

describe('orders that make no sense say why', () => {
  it('an agent that has ended can be stopped only for what lives under it', () => {
    expect(whyNot('stop', a('completed'), 0)).toMatch(/nothing under it lives/);
    expect(whyNot('stop', a('completed'), 3)).toBeNull();
    expect(whyNot('pause', a('completed'))).toBe('It has ended.');
  });
  it('pause and resume exclude each other; a fenced agent takes neither', () => {
    expect(whyNot('pause', a('running'))).toBeNull();
    expect(whyNot('pause', a('paused'))).toMatch(/already/);
    expect(whyNot('resume', a('running'))).toMatch(/not paused/);
    expect(whyNot('resume', a('stopping', 'stp_1'))).toMatch(/being stopped/);
    expect(whyNot('interrupt', a('starting'))).toMatch(/not begun/);
  });
  it('a subtree is asked whatever its root does, unless that has ended or is being stopped', () => {
    expect([whyNotBelow(a('running')), whyNotBelow(a('paused')), whyNotBelow(a('starting'))]).toEqual([null, null, null]);
    expect(whyNotBelow(a('completed'))).toBe('It has ended.');
    expect(whyNotBelow(a('stopping', 'stp_1'))).toMatch(/being stopped/);
  });
});
