import { Router } from 'express';
import { parseDecisionId } from '../decision/decision-id.ts';
import type { AdminDependencies } from './admin-dependencies.ts';
import { AdminProblem, refuseMethod } from './admin-problem.ts';
import { recordCall } from './record-call.ts';

/** `/api/v1/decisions/{id}` and `/api/v1/audit/key`. */
export function createAuditRoutes(dependencies: AdminDependencies): Router {
  const { audit } = dependencies;
  const router = Router({ caseSensitive: true, strict: true });

  router.get('/decisions/:id', async (request, response) => {
    const id = parseDecisionId(request.params.id);
    if (id === undefined) throw new AdminProblem('request_malformed', 'A decision id is dec_ and a ULID.');
    const found = await audit.find(id);
    if (found === undefined) {
      throw new AdminProblem('not_found', 'No event has this decision id: it is too old, or not from here.');
    }
    await recordCall(dependencies, request, response, 'success', {
      action: 'decisions.show',
      detail: { decision: id },
    });
    response.json({ sequence: found.sequence ?? null, event: found.event });
  });

  router.get('/audit/key', async (request, response) => {
    await recordCall(dependencies, request, response, 'success', { action: 'audit.key' });
    response.json({ keys: [{ ...audit.publicKey, use: 'sig', alg: 'EdDSA' }] });
  });

  router.all(['/decisions/:id', '/audit/key'], refuseMethod('GET, HEAD'));
  return router;
}
