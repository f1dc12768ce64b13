import { Router } from 'express';
import { configurationName } from '../config/snapshot.ts';
import type { AdminDependencies } from './admin-dependencies.ts';
import { refuseMethod } from './admin-problem.ts';
import { describeReload, toIso } from './describe-configuration.ts';

/**
 * `/statusz`: which configuration runs, and whether the last reload worked. It asks for no token, so it tells neither
 * what the file says nor what is wrong with it.
 */
export function createStatusPage({ configuration }: Pick<AdminDependencies, 'configuration'>): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.get('/statusz', (_request, response, next) => {
    if (configuration === undefined) return next();
    const { hash, sinceMs, origin, last } = configuration.status();
    response.json({
      config: configurationName({ hash }),
      since: toIso(sinceMs),
      origin,
      last_reload: describeReload(last, (told) => ({
        outcome: told.outcome,
        ...(told.outcome === 'refused' ? { because: told.because } : {}),
      })),
    });
  });
  router.all('/statusz', refuseMethod('GET, HEAD'));
  return router;
}
