/** What a caller could send to make others wait; each as one request, of which the attacker sends so many a second. */
import { gzipSync } from 'node:zlib';

/** One request of an attack, as a child process is told it. */
export type Shot = { method: string; path: string; headers: Record<string, string>; body: string; base64?: boolean };
export type Attack = { name: string; perSecond: number; shot: Shot };

const json = { 'content-type': 'application/json' };

/** All attacks; those that need a caller that is let in come with its token. */
export function attacksWith(token: string): Attack[] {
  const bearer = { ...json, authorization: `Bearer ${token}` };
  const post = (path: string, body: string, headers: Record<string, string> = bearer): Shot => ({ method: 'POST', path, headers, body });
  const register = (metadata: string) => post('/api/v1/agents', `{"name":"x","metadata":${metadata}}`);
  return [
    {
      name: 'gzip bomb (50 MB behind 48 kB)',
      perSecond: 20,
      shot: {
        ...post('/api/v1/agents', gzipSync(Buffer.alloc(50_000_000, 0x20)).toString('base64'), { ...bearer, 'content-encoding': 'gzip' }),
        base64: true,
      },
    },
    { name: 'JSON bomb: 100,000 objects deep', perSecond: 20, shot: register(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`) },
    { name: 'JSON bomb: 400,000 brackets', perSecond: 20, shot: register(`{"a":${'['.repeat(400_000)}${']'.repeat(400_000)}}`) },
    { name: 'a body of 10 MB', perSecond: 5, shot: post('/api/v1/agents', `{"name":"${'x'.repeat(10_000_000)}"}`) },
    {
      name: 'ReDoS: a time that is almost one',
      perSecond: 20,
      shot: post(
        '/api/v1/tasks',
        JSON.stringify({ title: `${' '.repeat(400)}x`, notBefore: `2026-01-01T00:00:00${'.0'.repeat(100_000)}Z` }),
      ),
    },
    {
      name: 'ReDoS: an amount that is almost one',
      perSecond: 20,
      shot: post('/api/v1/costs/reservations', JSON.stringify({ agentId: 'a', amountUsd: `${'1'.repeat(200_000)}x` })),
    },
    {
      name: 'ReDoS: a token that is almost one',
      perSecond: 50,
      shot: { method: 'GET', path: '/api/v1/me', headers: { authorization: `Bearer rv_${'a'.repeat(14_000)}!` }, body: '' },
    },
    {
      name: 'guessing tokens',
      perSecond: 100,
      shot: { method: 'GET', path: '/api/v1/me', headers: { authorization: 'Bearer rv_not_a_token_of_anybody' }, body: '' },
    },
    {
      name: 'guessing a password',
      perSecond: 20,
      shot: post('/auth/sign-in/email', JSON.stringify({ email: 'owner@example.com', password: 'a guess of mine' }), json),
    },
  ];
}
