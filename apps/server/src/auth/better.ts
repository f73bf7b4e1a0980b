import type { Db } from '@reeve/prisma';
import { betterAuth } from 'better-auth';
import { prismaAdapter } from 'better-auth/adapters/prisma';
import { genericOAuth } from 'better-auth/plugins/generic-oauth';
import { twoFactor } from 'better-auth/plugins/two-factor';
import type { Logger } from 'pino';
import { type OidcConfig, passwordLength } from '../config.ts';
import { hashedSessions } from './hashed-sessions.ts';
import { sessionCookie } from './principals.ts';
import type { Vault } from './vault.ts';

export const sessionMs = 30 * 24 * 3_600_000;
/** The name of the single sign-on in paths and rows. */
export const oidcId = 'oidc';
/** The address that a request came from, written by us over whatever a client sent under that name. */
export const addressHeader = 'x-reeve-address';

export type BetterParts = {
  db: Db;
  vault: Vault;
  log: Logger;
  /** Where people reach us. */
  url: string;
  trustedOrigins: string[];
  oidc: OidcConfig | undefined;
  onSessionEnded: (hash: string) => void;
  /** Whether somebody who is not known yet may come in by single sign-on; makes them a member where they were invited. */
  isInvited: (email: string) => Promise<boolean>;
  onJoined: (personId: string, email: string) => Promise<void>;
  isMember: (personId: string) => Promise<boolean>;
};

/** better-auth for what it does well: passwords, second factors, providers. Who may what stays with `Principals` and the rules. */
export function makeBetterAuth(p: BetterParts) {
  return betterAuth({
    appName: 'Reeve',
    baseURL: p.url,
    basePath: '/auth',
    secrets: p.vault.derived('accounts'),
    trustedOrigins: p.trustedOrigins,
    telemetry: { enabled: false },
    database: hashedSessions(prismaAdapter(p.db, { provider: 'postgresql', transaction: true }), p.onSessionEnded),
    logger: {
      level: 'warn',
      log: (level, message) => p.log[level === 'error' ? 'warn' : 'debug']({ from: 'accounts' }, String(message).slice(0, 500)),
    },
    // ours count failures by address and by account (`SignIn`)
    rateLimit: { enabled: false },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: passwordLength.least,
      maxPasswordLength: passwordLength.most,
    },
    user: { modelName: 'person' },
    session: {
      modelName: 'session',
      fields: { token: 'hash', userId: 'personId' },
      expiresIn: sessionMs / 1000,
    },
    account: {
      modelName: 'account',
      fields: { userId: 'personId' },
      accountLinking: { enabled: true },
      updateAccountOnSignIn: false,
    },
    verification: { modelName: 'verification', storeIdentifier: 'hashed' },
    advanced: {
      cookiePrefix: 'reeve',
      cookies: { session_token: { name: sessionCookie } },
      useSecureCookies: false,
      defaultCookieAttributes: { secure: p.url.startsWith('https:') },
      ipAddress: { ipAddressHeaders: [addressHeader] },
    },
    databaseHooks: {
      user: {
        create: {
          before: async (user) => user.emailVerified === true && (await p.isInvited(user.email)),
          after: (user) => p.onJoined(user.id, user.email),
        },
      },
      session: { create: { before: (session) => p.isMember(session.userId) } },
      account: {
        create: {
          // who somebody is, is all that we ask a provider
          before: async (account) => ({ data: { ...account, accessToken: null, refreshToken: null, idToken: null } }),
        },
      },
    },
    plugins: [
      twoFactor({
        issuer: 'Reeve',
        schema: { user: { modelName: 'person' }, twoFactor: { fields: { userId: 'personId' } } },
      }),
      ...(p.oidc
        ? [
            genericOAuth({
              config: [
                {
                  providerId: oidcId,
                  name: p.oidc.name,
                  discoveryUrl: `${p.oidc.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
                  clientId: p.oidc.clientId,
                  clientSecret: p.oidc.clientSecret,
                  scopes: ['openid', 'email', 'profile'],
                  requireIdTokenVerification: true,
                  disableProviderLogout: true,
                },
              ],
            }),
          ]
        : []),
    ],
  });
}
export type BetterAuth = ReturnType<typeof makeBetterAuth>;
