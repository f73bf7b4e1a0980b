import { describe, expect, it } from 'vitest';
import { decideConfigure, decideReopen, defaultSettings, evolveSettings } from './project-settings.ts';

const settings = defaultSettings('p');
const halted = evolveSettings(settings, { type: 'project.halted', subjectId: 'p', data: { stopId: 's', reason: 'x' } });

describe('settings of a project', () => {
  it('a change names what was and what is, leaves the rest as it was, and no change is no fact', () => {
    const [event, ...more] = decideConfigure(settings, { limits: { children: 5, depth: undefined }, onParentExit: { lost: 'stop' } });
    expect(more).toEqual([]);
    expect(event).toEqual({
      type: 'project.configured',
      subjectId: 'p',
      data: {
        before: { limits: settings.limits, onParentExit: null },
        after: { limits: { ...settings.limits, children: 5 }, onParentExit: { lost: 'stop' } },
      },
    });
    const next = event ? evolveSettings(settings, event) : settings;
    expect(next).toEqual({ ...settings, limits: { ...settings.limits, children: 5 }, onParentExit: { lost: 'stop' } });
    expect(decideConfigure(next, { limits: { children: 5 }, onParentExit: { lost: 'stop' } })).toEqual([]);
    expect(decideConfigure(next, {})).toEqual([]);
    expect(decideConfigure(next, { onParentExit: null })).toMatchObject([{ data: { after: { onParentExit: null } } }]);
  });
  it('reopening ends the halt and names its stop; an open project cannot be reopened', () => {
    expect(halted.haltedBy).toBe('s');
    const decided = decideReopen(halted, false, 'all clear');
    expect(decided).toEqual({
      ok: true,
      value: [{ type: 'project.reopened', subjectId: 'p', data: { stopId: 's', reason: 'all clear' } }],
    });
    if (decided.ok && decided.value[0]) expect(evolveSettings(halted, decided.value[0])).toEqual(settings);
    expect(decideReopen(settings, false, '')).toEqual({
      ok: false,
      error: { code: 'illegal_transition', kind: 'project', id: 'p', from: 'open', to: 'open again' },
    });
  });
  it('does not reopen while the halt is what fences members that are not enlisted yet', () => {
    expect(decideReopen(halted, true, '')).toEqual({
      ok: false,
      error: { code: 'illegal_transition', kind: 'project', id: 'p', from: 'being stopped', to: 'open' },
    });
  });
  it('facts about other things leave it alone', () => {
    expect(evolveSettings(halted, { type: 'stop.asked', subjectId: 's', data: { agentId: 'a', wave: 0 } })).toBe(halted);
  });
});
