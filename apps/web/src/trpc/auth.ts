/** A refusal of `/auth/*`, in the shape that `failureOf` reads. */
class AuthFailure extends Error {
  readonly data: { httpStatus: number; reeve: { code: string; message: string } };
  constructor(httpStatus: number, wire: { code: string; message: string }) {
    super(wire.message);
    this.data = { httpStatus, reeve: wire };
  }
}
export type AuthAnswer = { url?: string; twoFactorRedirect?: boolean; totpURI?: string; backupCodes?: string[] };

/** What has to do with a session's own secret goes to `/auth/*`: only there it is set and ended. */
export async function authCall<T = AuthAnswer>(path: string, body?: object): Promise<T> {
  const res = await fetch(
    `/auth/${path}`,
    body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
  );
  const answer = (await res.json().catch(() => ({}))) as T & { error?: { code: string; message: string } };
  if (!res.ok) throw new AuthFailure(res.status, answer.error ?? { code: 'unreachable', message: 'The server did not answer. Try again.' });
  return answer;
}
