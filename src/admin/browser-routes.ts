import { Router } from 'express';
import { z } from 'zod';
import type { AdminDependencies } from './admin-dependencies.ts';
import { AdminProblem, refuseMethod } from './admin-problem.ts';
import { describeRevocation } from './describe-configuration.ts';
import { parseInput, readBody } from './parse-input.ts';
import { recordCall } from './record-call.ts';

const whoSchema = z.string().min(1).max(320);
const keySchema = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'a browser is named by the id of its key');
const noQuery = z.strictObject({});
const removeBody = z.strictObject({ reason: z.string().min(1).max(500) });

/** `/api/v1/people/{who}/browsers`: the browsers that a person registered, and taking one away. */
export function createBrowserRoutes(dependencies: AdminDependencies): Router {
  const { browsers, people, sessions } = dependencies;
  const router = Router({ caseSensitive: true, strict: true });

  async function ownersNamed(who: string) {
    const found = await people.find(who);
    if (found.length === 0) {
      throw new AdminProblem('not_found', 'Nobody who has signed in has this e-mail address or subject.');
    }
    return found.map(({ person: { issuer, subject, email } }) => ({ issuer, subject, email }));
  }

  router.get('/people/:who/browsers', async (request, response) => {
    const who = parseInput(whoSchema, request.params.who, 'person');
    parseInput(noQuery, request.query, 'query');
    const all = [];
    for (const owner of await ownersNamed(who)) {
      for (const { keyId, name, address, registeredAtMs } of await browsers.listOf(owner)) {
        all.push({ id: keyId, ...owner, name, address, registered_at: new Date(registeredAtMs).toISOString() });
      }
    }
    await recordCall(dependencies, request, response, 'success', { action: 'browsers.list', detail: { who } });
    response.json({ browsers: all, total: all.length });
  });

  router.delete('/people/:who/browsers/:key', async (request, response) => {
    const who = parseInput(whoSchema, request.params.who, 'person');
    const key = parseInput(keySchema, request.params.key, 'browser');
    const { reason } = parseInput(removeBody, readBody(request), 'body');
    for (const owner of await ownersNamed(who)) {
      const reported = await dependencies.reporting(async () => {
        const wasThere = await browsers.remove(owner, key);
        return wasThere ? await sessions.endProvedBy(key, owner, 'admin') : undefined;
      });
      const ended = reported.result;
      if (ended === undefined) continue;
      await recordCall(dependencies, request, response, 'success', {
        type: 'browser_removed',
        action: 'browsers.remove',
        subject: owner,
        detail: { browser: key, stated_reason: reason, sessions_ended: ended },
      });
      response.json({ id: key, removed: true, sessions_ended: ended, ...describeRevocation(reported) });
      return;
    }
    throw new AdminProblem('not_found', 'This person has registered no browser with this key.');
  });

  router.all('/people/:who/browsers', refuseMethod('GET, HEAD'));
  router.all('/people/:who/browsers/:key', refuseMethod('DELETE'));
  return router;
}
