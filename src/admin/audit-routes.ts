import { Router } from 'express';
import { describeCandidate, mostCandidates, whyNotFound } from '../audit/candidates.ts';
import { parseDecisionIdRange } from '../decision/decision-id.ts';
import type { AdminDependencies } from './admin-dependencies.ts';
import { AdminProblem, refuseMethod } from './admin-problem.ts';
import { recordCall } from './record-call.ts';

/** `/api/v1/decisions/{id}` and `/api/v1/audit/key`. */
export function createAuditRoutes(dependencies: AdminDependencies): Router {
  const { audit, config } = dependencies;
  const router = Router({ caseSensitive: true, strict: true });

  router.get('/decisions/:id', async (request, response) => {
    const wanted = parseDecisionIdRange(request.params.id);
    if (wanted === undefined) {
      const detail = 'A decision id is dec_ and a ULID; its first six characters or more will do.';
      throw new AdminProblem('request_malformed', detail);
    }
    const { events, damaged, isComplete } = await audit.search(wanted);
    const [found, ...others] = events;
    if (found === undefined) throw new AdminProblem('not_found', whyNotFound(damaged, isComplete));
    if (others.length > 0) {
      const candidates = events.slice(0, mostCandidates).map(describeCandidate);
      throw new AdminProblem('ambiguous', `${events.length} decision ids begin so.`, { candidates });
    }
    const id = String(found.event['decision_id']);
    await recordCall(dependencies, request, response, 'success', {
      action: 'decisions.show',
      detail: { decision: id },
    });
    response.json({ sequence: found.sequence ?? null, event: found.event, running: { config: config() } });
  });

  router.get('/audit/key', async (request, response) => {
    await recordCall(dependencies, request, response, 'success', { action: 'audit.key' });
    response.json({ keys: [{ ...audit.publicKey, use: 'sig', alg: 'EdDSA' }] });
  });

  router.all(['/decisions/:id', '/audit/key'], refuseMethod('GET, HEAD'));
  return router;
}
