import type { AuditEvent } from '../../src/audit/audit-event.ts';
import type { IdentityProvider, Snapshot } from '../../src/config/snapshot.ts';
import { createDecisionIdGenerator } from '../../src/decision/decision-id.ts';
import type { Claims } from '../../src/identity/claims.ts';
import type { ProviderTokens, ReachableProvider, VerifiedToken } from '../../src/identity/openid-client.ts';
import { type ClaimsRefresher, createClaimsRefresher } from '../../src/identity/refresh/claims-refresher.ts';
import { createProviderGrants, type ProviderGrants } from '../../src/identity/refresh/provider-grants.ts';
import { createRefreshLeases } from '../../src/identity/refresh/refresh-leases.ts';
import type { NewSession, Session } from '../../src/sessions/session.ts';
import type { RecordKind, StateStore } from '../../src/state/state-store.ts';
import { createInMemoryAudit, createRecordedMetrics } from './in-memory-parts.ts';
import {
  createSessionsWorld,
  hourMs,
  minuteMs,
  newSession,
  type SessionsProcess,
  startSession,
} from './state-sessions.ts';

export { hourMs, minuteMs };
export const refreshMs = 10 * minuteMs;
export const claimsMaxAgeMs = 12 * hourMs;

/** A provider that answers what the test says, and remembers which tokens it was shown. */
export interface ScriptedProvider {
  refresh: (refreshToken: string) => Promise<{ tokens: ProviderTokens; idTokenClaims: Claims | undefined }>;
  userinfo: (accessToken: string, subject: string) => Promise<Claims>;
  readonly spent: string[];
}

/** One process: sessions, and what keeps their claims young, looking only when the test says so. */
export interface ClaimsProcess extends SessionsProcess {
  readonly refresher: ClaimsRefresher;
  readonly grants: ProviderGrants;
}

export interface ClaimsStage {
  readonly clock: { nowMs: number };
  readonly provider: ScriptedProvider;
  readonly events: readonly AuditEvent[];
  readonly warnings: readonly object[];
  /** Between 0 and 1: what every jitter comes to. */
  jitter: number;
  /** Another process on the same state. `through` puts something between it and its store. */
  open(through?: (store: StateStore) => StateStore): Promise<ClaimsProcess>;
  /** Somebody who is signed in, with this refresh token kept, and whose session is in use in these processes. */
  signIn(
    processes: readonly [ClaimsProcess, ...ClaimsProcess[]],
    refreshToken?: string | undefined,
    session?: NewSession,
  ): Promise<Session>;
  /** Ten minutes later, with the session used once more. */
  dueAgain(processes: readonly ClaimsProcess[], ...sessions: readonly Session[]): void;
  dispose(): Promise<void>;
}

const corp: IdentityProvider = {
  id: 'corp',
  title: 'Corp account',
  issuer: 'https://idp.example',
  clientId: 'postern',
  clientSecret: 'of the test',
  scopes: ['openid'],
  claims: { subject: 'sub', email: 'email', name: 'name', groups: 'groups' },
  trustEmail: false,
  refreshMs,
  claimsMaxAgeMs,
  factors: {},
};

const snapshot = { hash: 'a'.repeat(64), providers: new Map([[corp.id, corp]]) } as Partial<Snapshot> as Snapshot;

export const claimsOf = (subject: string, groups: readonly string[] = ['engineering']): Claims => ({
  iss: corp.issuer,
  sub: subject,
  name: 'Ada',
  email: 'ada@corp.example',
  groups,
});

export const tokensOf = (refreshToken: string | undefined): ProviderTokens => ({
  refreshToken,
  accessToken: `access of ${refreshToken}`,
  accessTokenLivesMs: refreshMs,
});

const tokenOf = (subject: string, refreshToken: string | undefined): VerifiedToken => ({
  idToken: 'id-token',
  idTokenClaims: claimsOf(subject),
  claims: claimsOf(subject),
  tokens: tokensOf(refreshToken),
});

/** Keeps what a sign-in of the session's person brought. */
export const keepSignIn = (grants: ProviderGrants, session: Session, refreshToken: string | undefined) =>
  grants.keep(session, corp, tokenOf(session.person.subject, refreshToken));

/** The library's error for an answer of the token endpoint. */
export const answered = (status: number, error?: string, headers: Readonly<Record<string, string>> = {}): Error => {
  const response = new Response(null, { status, headers });
  const code = error === undefined ? 'OAUTH_RESPONSE_IS_NOT_CONFORM' : 'OAUTH_RESPONSE_BODY_ERROR';
  return Object.assign(new Error('of the test', { cause: response }), { code, error, status, response });
};

export const nobodyAnswers = (): Error =>
  new TypeError('fetch failed', { cause: Object.assign(new Error('of the test'), { code: 'ECONNREFUSED' }) });

/** Sessions on a state file, and a provider in the hand of the test. No sockets, no timers. */
export function createClaimsStage(): ClaimsStage {
  const world = createSessionsWorld();
  Object.assign(world.settings, { claimsMaxAgeMs: new Map([[corp.id, claimsMaxAgeMs]]) });
  const audit = createInMemoryAudit();
  const warnings: object[] = [];
  const spent: string[] = [];
  let given = 0;
  const provider: ScriptedProvider = {
    spent,
    refresh: async () => {
      given += 1;
      return { tokens: tokensOf(`next-${given}`), idTokenClaims: undefined };
    },
    userinfo: async (_token, subject) => claimsOf(subject),
  };
  const reachable: ReachableProvider = {
    supportsClaimsParameter: false,
    look: async () => undefined,
    authorizationUrl: async () => new URL(corp.issuer),
    exchangeCode: async () => ({ outcome: 'failed', problem: 'refused', errorCode: 'of_the_test' }),
    refresh(refreshToken) {
      spent.push(refreshToken);
      return provider.refresh(refreshToken);
    },
    userinfo: (accessToken, subject) => provider.userinfo(accessToken, subject),
    endSessionUrl: () => undefined,
  };
  const now = () => world.nowMs;
  const closing: (() => Promise<void>)[] = [];
  const stage: ClaimsStage = {
    clock: world,
    provider,
    events: audit.events,
    warnings,
    jitter: 0,
    async open(through = (store) => store) {
      const { store: direct, ...process } = await world.open();
      const store = through(direct);
      const grants = createProviderGrants(store, now);
      const refresher = createClaimsRefresher({
        snapshot: () => snapshot,
        sessions: process.sessions,
        providers: { reach: async () => reachable },
        grants,
        leases: createRefreshLeases(store, now),
        audit,
        nextDecisionId: createDecisionIdGenerator(Math.random),
        now,
        openSessions: () => [],
        metrics: createRecordedMetrics().metrics,
        log: { warn: (fields: object) => void warnings.push(fields) },
        randomBytes(count) {
          const bytes = Buffer.alloc(count);
          bytes.writeUInt32BE(Math.floor(stage.jitter * (2 ** 32 - 1)));
          return bytes;
        },
        every: () => () => undefined,
      });
      closing.push(() => process.sessions.close());
      return { ...process, store, grants, refresher };
    },
    async signIn(processes, refreshToken, session = newSession()) {
      const [{ sessions, grants }] = processes;
      const signedIn = await startSession(sessions, {
        ...session,
        person: { ...session.person, asOfMs: world.nowMs },
      });
      await keepSignIn(grants, signedIn, refreshToken);
      for (const process of processes) process.sessions.touch(signedIn.id, world.nowMs);
      return signedIn;
    },
    dueAgain(processes, ...sessions) {
      world.nowMs += refreshMs;
      for (const process of processes) for (const { id } of sessions) process.sessions.touch(id, world.nowMs);
    },
    async dispose() {
      for (const close of closing) await close();
      await world.dispose();
    },
  };
  return stage;
}

/** Stores whose writes of a kind wait for each other, until so many have come. */
export function meetAtWrite(kind: RecordKind, count: number): (store: StateStore) => StateStore {
  const all = Promise.withResolvers<void>();
  let come = 0;
  return (store) => ({
    ...store,
    async write(write) {
      if (write.kind === kind) {
        come += 1;
        if (come >= count) all.resolve();
        await all.promise;
      }
      return store.write(write);
    },
  });
}
