import { expect, it } from 'vitest';
import { type DomainError, errorRetry, errorSentence, errorStatus, sentenceOf } from './errors.ts';

/** What a caller gets for each expected failure: the status, whether to try again, and the sentence. */
it.each<[DomainError, number, string, string]>([
  [
    { code: 'not_found', kind: 'task', id: 'tsk_1' },
    404,
    'never',
    'There is no task with the id tsk_1 here. Check the id, or that it belongs to this project.',
  ],
  [
    { code: 'illegal_transition', kind: 'agent', id: 'a', from: 'completed', to: 'running' },
    409,
    'refresh',
    'The agent is completed, so it cannot become running. Read it again to see what is possible now.',
  ],
  [
    { code: 'version_conflict', kind: 'agent', id: 'a', expected: 1, actual: 2 },
    409,
    'refresh',
    'The agent has moved on (epoch 2, you sent 1). Read it again before you write.',
  ],
  [
    { code: 'version_conflict', kind: 'checkpoint', id: 'c', expected: 3, actual: 5 },
    409,
    'refresh',
    'The checkpoint has moved on (sequence 5, you sent 3). Read it again before you write.',
  ],
  [
    { code: 'broken_barrier', name: 'meet', generation: 1, agentId: 'a', why: 'timed-out' },
    409,
    'refresh',
    'The barrier meet broke: its party a left (timed out). Wait again for the next generation.',
  ],
  [
    { code: 'deadlock', cycle: ['a', 'lock:x', 'b', 'lock:y', 'a'] },
    409,
    'later',
    'Waiting here would close a circle of waits: a → lock:x → b → lock:y → a. Release what you hold and try again.',
  ],
  [{ code: 'timed_out', waitedMs: 30 }, 408, 'later', 'Nothing came free within 30 ms. Try again.'],
  [
    { code: 'stale_token', kind: 'lock', id: 'deploy' },
    412,
    'never',
    'You do not hold the lock deploy with this token (any more); someone else may. Acquire it again.',
  ],
  [
    { code: 'corrupt', kind: 'checkpoint', id: 'c' },
    422,
    'never',
    'The stored checkpoint c does not match its checksum. Use an older one.',
  ],
  [{ code: 'limit_reached', limit: 'depth', max: 8 }, 429, 'later', 'The limit depth (8) is reached. Wait until others end, or raise it.'],
  [{ code: 'already_claimed', taskId: 't' }, 409, 'later', 'Another agent holds this task. Claim another, or wait until its lease ends.'],
  [
    { code: 'fenced', stopId: 'stp_1', reason: 'enough' },
    409,
    'never',
    'A stop was accepted for this subtree (stp_1: enough). End your work and report finish.',
  ],
  [
    { code: 'approval_stale', changeId: 'c', diffHash: 'h' },
    409,
    'refresh',
    'The change is no longer the one you looked at. Open its dossier again and decide on the new hash.',
  ],
  [
    { code: 'event_conflict', eventId: 'evt_1' },
    409,
    'never',
    'The event evt_1 was already stored with other content. Use a new event id for a new fact.',
  ],
  [
    { code: 'unauthenticated' },
    401,
    'never',
    'Sign in: with your account, with the link that `npm start` prints, or with a valid bearer token.',
  ],
  [{ code: 'forbidden', rule: 'ask a person' }, 403, 'never', 'You may not do this: ask a person.'],
  [
    { code: 'confirmation_required' },
    403,
    'later',
    'Show first that it is you: with your password, a code of your second factor, or by signing in again.',
  ],
  [
    { code: 'self_approval', changeId: 'c' },
    403,
    'never',
    'Nobody approves their own change or that of a descendant’s ancestor line. Another person must decide.',
  ],
  [{ code: 'blast_radius_exceeded', changeId: 'c', rule: 'layer 1' }, 403, 'never', 'The change reaches further than it may: layer 1.'],
  [
    { code: 'stale_token', kind: 'task', id: 't' },
    412,
    'never',
    'Your claim on this task has ended; someone else may hold it now. Your write was refused and kept as superseded.',
  ],
  [{ code: 'approval_required', changeId: 'c' }, 428, 'later', 'The change waits for an approval. Open it in Approvals.'],
  [{ code: 'gate_failed', changeId: 'c', gate: 'lint' }, 422, 'never', 'The gate lint failed. Its log is in the dossier.'],
  [
    {
      code: 'invalid_input',
      issues: [
        { path: 'name', message: 'too long' },
        { path: '', message: 'unknown field' },
      ],
    },
    400,
    'never',
    'The input is not valid: name: too long; unknown field.',
  ],
  [{ code: 'too_large', limitBytes: 1000 }, 413, 'never', 'The body is larger than 1000 bytes. Send less, or in batches.'],
  [{ code: 'would_make_cycle', cycle: ['a', 'b', 'a'] }, 400, 'never', 'This would make a circle: a → b → a.'],
  [{ code: 'unavailable', what: 'The database' }, 503, 'later', 'The database is not available right now. Try again in a moment.'],
])('%j', (error, status, retry, sentence) => {
  expect([errorStatus[error.code], errorRetry[error.code], sentenceOf(error)]).toEqual([status, retry, sentence]);
});

it('a list of issues as long as a body does not make a sentence as long', () => {
  const issues = Array.from({ length: 500 }, (_, i) => ({ path: `field${i}`, message: 'is wrong' }));
  expect(errorSentence.invalid_input({ code: 'invalid_input', issues })).toHaveLength(1000);
});
