import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AdminDependencies, WorkerReport } from '../../src/admin/admin-dependencies.ts';
import { createAdminApp } from '../../src/admin/create-admin-app.ts';
import type { ActivityEvent } from '../../src/audit/audit-event.ts';
import { createDecisionIdGenerator } from '../../src/decision/decision-id.ts';
import type { DeviceFact, FactValue } from '../../src/devices/device-fact.ts';
import { createLocks } from '../../src/locks/create-locks.ts';
import type { Session, SessionId } from '../../src/sessions/session.ts';
import { createMemoryStore } from './judgement-memory-store.ts';
import { createWorker, settings as riskSettings } from './judgement-risk.ts';

export const adminToken = `${'a'.repeat(20)}B7c-9.~+/=xyzXYZ0123`;
export const sessionId = 'ses_01JX3V8K0000000000000000AB' as SessionId;

export const sampleSession: Session = {
  id: sessionId,
  version: 1,
  person: {
    source: 'idp:corp',
    asOfMs: 1_800_000_000_000,
    providerId: 'corp',
    issuer: 'https://idp.corp.example',
    subject: 'ada',
    name: 'Ada <b>',
    email: 'ada@corp.example',
    isEmailVerified: true,
    groups: ['finance'],
  },
  provedAtMs: { password: 1_800_000_000_000 },
  acr: undefined,
  amr: ['pwd'],
  signedInAtMs: 1_800_000_000_000,
  expiresAtMs: 1_800_000_100_000,
  deviceFingerprint: undefined,
  signedInFrom: { address: '203.0.113.7', userAgent: 'curl' },
  idToken: 'eyJhbGciOi.secret-id-token.sig',
};

const sampleWorker: WorkerReport = {
  id: 1,
  pid: 4711,
  state: 'serving',
  sinceMs: 1_800_000_000_000,
  restarts: 0,
  lastEnd: undefined,
  config: 'c0ffee000000',
  streams: 2,
};

/** An admin listener on a free port of 127.0.0.1, over small real parts in memory. */
export async function openAdmin(changes: Partial<AdminDependencies> = {}) {
  const events: ActivityEvent[] = [];
  const live = new Map<SessionId, Session>([[sessionId, sampleSession]]);
  const facts: Record<string, DeviceFact> = {};
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const risk = createWorker(
    createMemoryStore(() => 1_800_000_000_000),
    () => 1_800_000_000_000,
  );
  const listed = () => [...live.values()].map((session) => ({ ...session, lastSeenAtMs: 1_800_000_050_000 }));
  server.on(
    'request',
    createAdminApp({
      token: () => adminToken,
      listen: () => ({ host: '127.0.0.1', port }),
      readiness: { state: () => true },
      version: '1.2.3',
      followDecisions: () => ({ read: async () => ({ events: [], skipped: 0 }) }),
      sessions: {
        async page({ of, limit, after = '' }) {
          const matching = listed().filter(
            ({ person }) =>
              of === undefined ||
              of.emails.includes(person.email ?? '') ||
              of.people.some(({ subject }) => person.subject === subject),
          );
          const rest = matching.filter(({ id }) => id > after);
          const shown = rest.slice(0, limit);
          return { sessions: shown, total: matching.length, next: rest.length > limit ? shown.at(-1)?.id : undefined };
        },
        ofPerson: async ({ subject }) => listed().filter(({ person }) => person.subject === subject),
        find: async (id) => live.get(id),
        end: async (id) => live.delete(id),
        endAllOf: async () => live.size,
        endProvedBy: async () => 0,
        revokedAtMs: async () => undefined,
        forgive: async () => false,
        lastSeenAtMs: () => 1_800_000_050_000,
      },
      people: {
        async *pages() {
          yield [];
        },
        find: async () => [],
        forget: async () => false,
      },
      browsers: { listOf: async () => [], remove: async () => false },
      locks: createLocks({ store: createMemoryStore(() => 1_800_000_000_000), now: () => 1_800_000_000_000 }),
      routeNames: () => ['wiki'],
      risk: risk.risk,
      riskSettings: () => riskSettings,
      postures: () => new Map(),
      access: { whoCan: () => undefined, accessOf: async () => [] },
      workers: async () => [sampleWorker],
      providers: () => [{ id: 'corp', state: 'away', sinceMs: 1_700_000_000_000 }],
      reporting: async (work) => ({ result: await work(), confirmation: undefined, keptIn: 'state' }),
      devices: {
        factsOf: async () => facts,
        list: async () => [],
        statementsOf: async () => new Map(Object.entries(facts).map(([name, fact]) => [name, [fact]])),
        judgePosture: (_device, posture) => ({ posture: posture.name, result: 'pass', checks: [] }),
        async setFacts(_device, set, source) {
          for (const [name, value] of Object.entries<FactValue | null>(set)) {
            if (value === null) delete facts[name];
            else facts[name] = { value, source, asOfMs: 1_800_000_000_000 };
          }
          return facts;
        },
      },
      audit: {
        acceptsEvents: () => true,
        async recordDurably(event) {
          if (event.type !== 'decision' && event.type !== 'refusal') events.push(event);
        },
        search: async () => ({ events: [], damaged: 0, isComplete: true }),
        publicKey: { kty: 'OKP', crv: 'Ed25519', x: 'x', kid: 'kid' },
      },
      metrics: { expose: async () => ({ contentType: 'text/plain; version=0.0.4', body: 'up 1\n' }) },
      nextDecisionId: createDecisionIdGenerator(Math.random),
      config: () => '9f2c81d0a4be',
      now: () => 1_800_000_000_000,
      onProblem: () => undefined,
      ...changes,
    }),
  );
  return {
    port,
    events,
    facts,
    live,
    close: () => new Promise((resolve) => server.close(resolve)),
    /** With the right token and Host unless said otherwise. */
    call(method: string, path: string, options: { headers?: Record<string, string | undefined>; body?: string } = {}) {
      const { promise, resolve, reject } = Promise.withResolvers<{
        status: number;
        headers: NodeJS.Dict<string | string[]>;
        text: string;
      }>();
      // Node's client frames no body of a DELETE by itself.
      const framing = options.body === undefined ? {} : { 'content-length': `${Buffer.byteLength(options.body)}` };
      const all = { host: `127.0.0.1:${port}`, authorization: `Bearer ${adminToken}`, ...framing, ...options.headers };
      const headers = Object.fromEntries(
        Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
      );
      const request = send({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      });
      request.on('error', reject);
      request.end(options.body);
      return promise;
    },
  };
}
