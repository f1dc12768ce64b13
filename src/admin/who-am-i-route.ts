import { Router } from 'express';
import type { AdminDependencies } from './admin-dependencies.ts';
import { refuseMethod } from './admin-problem.ts';
import { createTokenCheck } from './check-admin-token.ts';
import { recordCall } from './record-call.ts';

/** `/api/v1/whoami`: which token this is, and which program answers. */
export function createWhoAmIRoute(dependencies: AdminDependencies): Router {
  const { token, version, config, now, configuration } = dependencies;
  const router = Router({ caseSensitive: true, strict: true });
  router.get('/whoami', async (request, response) => {
    const tokens = [token()].flat();
    const isFirst = createTokenCheck(tokens[0] ?? '')(request.headers.authorization) === 'right';
    await recordCall(dependencies, request, response, 'success', { action: 'whoami' });
    response.json({
      role: 'admin',
      // While the token changes the file has two.
      token: tokens.length === 1 ? 'only' : isFirst ? 'new' : 'former',
      version,
      node: process.version,
      config: config(),
      hash: configuration?.snapshot().hash ?? null,
      address: request.socket.remoteAddress ?? null,
      time: new Date(now()).toISOString(),
    });
  });
  router.all('/whoami', refuseMethod('GET, HEAD'));
  return router;
}
