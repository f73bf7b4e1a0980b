import { expect, it } from 'vitest';
import { isolationLevels } from '../api/repository-rules.ts';
import { isolationRefusal } from './isolation.ts';

it('I-SELF-1: gates run where at least the demanded level is reached, and nowhere else', () => {
  for (const [i, minimum] of isolationLevels.entries())
    for (const [j, reached] of isolationLevels.entries())
      expect([minimum, reached, isolationRefusal(minimum, reached) === null]).toEqual([minimum, reached, j <= i]);
});
it('the refusal says what was demanded, what was reached, and what to do', () => {
  expect(isolationRefusal('bubblewrap', 'process-group')).toEqual({
    rule: 'isolation-too-weak',
    detail:
      "This repository demands gates in bubblewrap; the runner's host reaches process group only: network and file system as the runner has them. Nothing was run. Install bubblewrap (`bwrap`) there and allow user namespaces, or ask an owner to lower what is demanded.",
  });
  expect(isolationRefusal('namespaces', 'process-group')?.detail).toContain('Allow user namespaces there');
});
