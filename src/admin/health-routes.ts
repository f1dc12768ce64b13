import { Router } from 'express';
import { z } from 'zod';
import type { AdminDependencies } from './admin-dependencies.ts';
import { refuseMethod } from './admin-problem.ts';
import { type AskReadiness, readinessText } from './ask-readiness.ts';
import { parseInput } from './parse-input.ts';

/** `exclude` may stand there several times. */
const readyQuery = z.strictObject({ exclude: z.union([z.string(), z.array(z.string())]).optional() });

/**
 * `/livez`, `/readyz` and `/metrics`. They ask for no token: they hold nothing personal, the listener is on loopback by
 * default, and the programs that call them seldom carry one.
 */
export function createHealthRoutes(
  { metrics }: Pick<AdminDependencies, 'metrics'>,
  askReadiness: AskReadiness,
): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.get('/livez', (_request, response) => {
    response.json({ status: 'alive' });
  });
  router.get('/readyz', async (request, response) => {
    const { exclude = [] } = parseInput(readyQuery, request.query, 'query');
    const readiness = await askReadiness([exclude].flat());
    response.status(readiness.status === 'ready' ? 200 : 503);
    if (request.accepts('json', 'text') === 'text') response.type('text/plain').send(readinessText(readiness));
    else response.json(readiness);
  });
  router.get('/metrics', async (_request, response) => {
    const { contentType, body } = await metrics.expose();
    response.setHeader('Content-Type', contentType);
    response.end(body);
  });
  router.all(['/livez', '/readyz', '/metrics'], refuseMethod('GET, HEAD'));
  return router;
}
