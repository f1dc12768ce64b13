import { Router } from 'express';
import { z } from 'zod';
import { canonicalEmailClaim } from '../policy/canonical-email.ts';
import type { PeopleNamed, SeenSession, Session } from '../sessions/session.ts';
import type { AdminDependencies } from './admin-dependencies.ts';
import { AdminProblem, refuseMethod } from './admin-problem.ts';
import { describeRevocation } from './describe-configuration.ts';
import { parseInput, readBody, sessionIdSchema } from './parse-input.ts';
import { recordCall } from './record-call.ts';
import { sendList } from './send-list.ts';

const listQuery = z.strictObject({
  /** An e-mail address or a `sub`. */
  user: z.string().min(1).max(320).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(1000),
  /** `next` of the page before. */
  after: sessionIdSchema.optional(),
});
const endBody = z.strictObject({ reason: z.string().min(1).max(500).optional() }).optional();

/** `/api/v1/sessions`: who is signed in, and ending it. Tokens are not among what is shown. */
export function createSessionRoutes(dependencies: AdminDependencies): Router {
  const { sessions } = dependencies;
  const router = Router({ caseSensitive: true, strict: true });

  /** By e-mail address, and by subject: at every provider of the configuration, and wherever somebody of that name has signed in. */
  async function peopleNamed(user: string): Promise<PeopleNamed> {
    const configured = [...(dependencies.configuration?.snapshot().providers.values() ?? [])];
    const known = (await dependencies.people.find(user)).map(({ person }) => person);
    return {
      emails: [...new Set([user, canonicalEmailClaim(user) ?? user])],
      people: [...configured.map(({ issuer }) => ({ issuer, subject: user })), ...known],
    };
  }

  router.get('/sessions', async (request, response) => {
    const { user, limit, after } = parseInput(listQuery, request.query, 'query');
    const of = user === undefined ? undefined : await peopleNamed(user);
    const page = await sessions.page({ limit, after, of });
    await recordCall(dependencies, request, response, 'success', { action: 'sessions.list' });
    const { total, next } = page;
    await sendList(response, {}, 'sessions', described(page.sessions), () => ({ total, next }));
  });

  router.get('/sessions/:id', async (request, response) => {
    const id = parseInput(sessionIdSchema, request.params.id, 'session id');
    const session = await sessions.find(id);
    if (session === undefined) throw new AdminProblem('not_found', 'No session has this id, or it has ended.');
    await recordCall(dependencies, request, response, 'success', { action: 'sessions.show', sessionId: id });
    response.json(describeSession(session, sessions.lastSeenAtMs(id)));
  });

  router.delete('/sessions/:id', async (request, response) => {
    const id = parseInput(sessionIdSchema, request.params.id, 'session id');
    const reason = parseInput(endBody, readBody(request), 'body')?.reason;
    const session = await sessions.find(id);
    const reported = await dependencies.reporting(() => sessions.end(id, 'admin'));
    if (!reported.result) throw new AdminProblem('not_found', 'No session has this id, or it has ended.');
    await recordCall(dependencies, request, response, 'success', {
      type: 'session_ended',
      action: 'sessions.end',
      sessionId: id,
      subject: session && subjectOf(session),
      detail: { cause: 'admin', stated_reason: reason, kept_in: reported.keptIn },
    });
    response.json({
      id,
      ended: true,
      cause: 'admin',
      ...describeRevocation(reported),
      ...(reason === undefined ? {} : { reason }),
      ...(session === undefined ? {} : { subject: session.person.subject, email: session.person.email }),
      detail:
        'The session, its sign-on and its credential at every app have ended. The next sign-in must be a new one.',
    });
  });

  router.all('/sessions', refuseMethod('GET, HEAD'));
  router.all('/sessions/:id', refuseMethod('GET, HEAD, DELETE'));
  return router;
}

function subjectOf({ person }: Session) {
  return { issuer: person.issuer, subject: person.subject, email: person.email };
}

function* described(sessions: readonly SeenSession[]) {
  for (const session of sessions) yield describeSession(session, session.lastSeenAtMs);
}

/** Named one by one: what is added to a session later stays hidden until somebody decides otherwise. */
function describeSession(session: Session, lastSeenAtMs: number | undefined) {
  const { person, provedAtMs, signedInFrom } = session;
  return {
    id: session.id,
    provider: person.providerId,
    issuer: person.issuer,
    subject: person.subject,
    name: person.name,
    email: person.email,
    groups: person.groups,
    signed_in_at: toIso(session.signedInAtMs),
    expires_at: toIso(session.expiresAtMs),
    last_seen_at: lastSeenAtMs === undefined ? undefined : toIso(lastSeenAtMs),
    proved_at: Object.fromEntries(Object.entries(provedAtMs).map(([method, atMs]) => [method, toIso(atMs)])),
    acr: session.acr,
    amr: session.amr,
    device_fingerprint: session.deviceFingerprint,
    signed_in_from: { address: signedInFrom.address, user_agent: signedInFrom.userAgent },
  };
}

function toIso(ms: number): string {
  return new Date(ms).toISOString();
}
