import { Router } from 'express';
import type { AdminDependencies, ReadinessCheck } from './admin-dependencies.ts';
import { refuseMethod } from './admin-problem.ts';

const patienceMs = 2_000;

/**
 * `/livez`, `/readyz` and `/metrics`. They ask for no token: they hold nothing personal, the listener is on loopback by
 * default, and the programs that call them seldom carry one.
 */
export function createHealthRoutes({ readiness, metrics }: Pick<AdminDependencies, 'readiness' | 'metrics'>): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.get('/livez', (_request, response) => {
    response.json({ status: 'alive' });
  });
  router.get('/readyz', async (_request, response) => {
    const { status, checks } = await askReadiness(readiness);
    response.status(status === 'ready' ? 200 : 503).json({ status, checks });
  });
  router.get('/metrics', async (_request, response) => {
    const { contentType, body } = await metrics.expose();
    response.setHeader('Content-Type', contentType);
    response.end(body);
  });
  router.all(['/livez', '/readyz', '/metrics'], refuseMethod('GET, HEAD'));
  return router;
}

/** Asks every part whether it can do its work. */
export async function askReadiness(readiness: AdminDependencies['readiness']) {
  const names = Object.keys(readiness);
  const results = await Promise.all(Object.values(readiness).map(ask));
  const checks = Object.fromEntries(names.map((name, index) => [name, results[index] === true ? 'ok' : 'failed']));
  return { status: results.every(Boolean) ? 'ready' : 'not_ready', checks } as const;
}

async function ask(check: ReadinessCheck): Promise<boolean> {
  const silence = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => silence.resolve(false), patienceMs);
  try {
    return await Promise.race([check(), silence.promise]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
