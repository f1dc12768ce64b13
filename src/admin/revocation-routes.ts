import { Router } from 'express';
import { z } from 'zod';
import type { AdminDependencies } from './admin-dependencies.ts';
import { AdminProblem, refuseMethod } from './admin-problem.ts';
import { parseInput, readBody } from './parse-input.ts';
import { recordCall } from './record-call.ts';

const whoSchema = z.string().min(1).max(320);
const noQuery = z.strictObject({});
const forgiveBody = z.strictObject({
  reason: z.string().min(1).max(500),
  /** For somebody who is not known here any more: then `who` is the subject at this issuer. */
  issuer: z.url().max(2_048).optional(),
});

/** `/api/v1/people/{who}`: a person and since when their sign-ins are revoked; `…/forgive`: the way back in. */
export function createRevocationRoutes(dependencies: AdminDependencies): Router {
  const { people, sessions } = dependencies;
  const router = Router({ caseSensitive: true, strict: true });

  router.get('/people/:who', async (request, response) => {
    const who = parseInput(whoSchema, request.params.who, 'person');
    parseInput(noQuery, request.query, 'query');
    const found = await people.find(who);
    if (found.length === 0) {
      throw new AdminProblem('not_found', 'Nobody who has signed in has this e-mail address or subject.');
    }
    const all = [];
    for (const { person, firstSeenAtMs, lastSeenAtMs } of found) {
      const revokedAtMs = await sessions.revokedAtMs(person);
      all.push({
        issuer: person.issuer,
        subject: person.subject,
        email: person.email,
        name: person.name,
        provider: person.providerId,
        groups: person.groups,
        first_seen_at: toIso(firstSeenAtMs),
        last_seen_at: toIso(lastSeenAtMs),
        ...(revokedAtMs === undefined ? {} : { revoked_at: toIso(revokedAtMs) }),
      });
    }
    await recordCall(dependencies, request, response, 'success', { action: 'people.show', detail: { who } });
    response.json({ people: all });
  });

  router.post('/people/:who/forgive', async (request, response) => {
    const who = parseInput(whoSchema, request.params.who, 'person');
    const { reason, issuer } = parseInput(forgiveBody, readBody(request), 'body');
    const found: readonly { issuer: string; subject: string; email: string | undefined }[] =
      issuer === undefined
        ? (await people.find(who)).map(({ person }) => person)
        : [{ issuer, subject: who, email: undefined }];
    const forgiven = [];
    for (const { issuer: of, subject, email } of found) {
      if (await sessions.forgive({ issuer: of, subject })) forgiven.push({ issuer: of, subject, email });
    }
    if (forgiven.length === 0) {
      throw new AdminProblem('not_found', 'No revocation of this person is kept, so there is nothing to forgive.');
    }
    for (const subject of forgiven) {
      await recordCall(dependencies, request, response, 'success', {
        action: 'people.forgive',
        subject,
        detail: { who, stated_reason: reason },
      });
    }
    response.json({ forgiven });
  });

  router.all('/people/:who/forgive', refuseMethod('POST'));
  return router;
}

function toIso(ms: number): string {
  return new Date(ms).toISOString();
}
