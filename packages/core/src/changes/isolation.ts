import { type IsolationLevel, isolationLevels } from '../api/repository-rules.ts';
import type { Violation } from './violation.ts';

/**
 * A level of isolation in words, as it stands in the log of every gate.
 *
 * Use it wherever a person reads how a gate was shut in.
 *
 * @example
 * isolationSentence['process-group'].startsWith('process group only'); // → true
 */
export const isolationSentence: Record<IsolationLevel, string> = {
  bubblewrap: 'bubblewrap: no network, own process tree, home and data hidden, all but its own folders read-only',
  namespaces: 'namespaces: no network, own process tree; the file system is as the runner sees it',
  'process-group': 'process group only: network and file system as the runner has them',
};
const cure: Record<Exclude<IsolationLevel, 'process-group'>, string> = {
  bubblewrap: 'Install bubblewrap (`bwrap`) there and allow user namespaces',
  namespaces: 'Allow user namespaces there, or let the runner run as root',
};

/**
 * The refusal where gates would be shut in less than the repository demands, with the level that was reached; or `null`.
 *
 * Use it before anything of a change is run.
 *
 * @example
 * isolationRefusal('namespaces', 'bubblewrap'); // → null
 * isolationRefusal('namespaces', 'process-group')?.rule; // → 'isolation-too-weak'
 */
export function isolationRefusal(minimum: IsolationLevel, reached: IsolationLevel): Violation | null {
  if (minimum === 'process-group' || isolationLevels.indexOf(reached) <= isolationLevels.indexOf(minimum)) return null;
  return {
    rule: 'isolation-too-weak',
    detail: `This repository demands gates in ${minimum}; the runner's host reaches ${isolationSentence[reached]}. Nothing was run. ${cure[minimum]}, or ask an owner to lower what is demanded.`,
  };
}
