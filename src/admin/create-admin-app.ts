import type { RequestListener } from 'node:http';
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import helmet from 'helmet';
import RateLimiterMemory from 'rate-limiter-flexible/lib/RateLimiterMemory.js';
import type { AdminDependencies } from './admin-dependencies.ts';
import { AdminProblem, answerProblem, toAdminProblem } from './admin-problem.ts';
import { createReadiness } from './ask-readiness.ts';
import { createAuditRoutes } from './audit-routes.ts';
import { createBrowserRoutes } from './browser-routes.ts';
import { isAdminHost } from './check-admin-host.ts';
import { createTokenCheck } from './check-admin-token.ts';
import { createConfigurationRoutes } from './configuration-routes.ts';
import { createDecisionStream } from './decision-stream.ts';
import { createDeviceRoutes } from './device-routes.ts';
import { createHealthRoutes } from './health-routes.ts';
import { createLockRoutes } from './lock-routes.ts';
import { createPeopleRoutes } from './people-routes.ts';
import { decisionIdOf, recordCall } from './record-call.ts';
import { createRevocationRoutes } from './revocation-routes.ts';
import { createRiskRoutes } from './risk-routes.ts';
import { createSessionRoutes } from './session-routes.ts';
import { createStatusPage } from './status-page.ts';
import { createWhoAmIRoute } from './who-am-i-route.ts';

/** Refusals of one address in a minute that are recorded; beyond, the answer is 429. The right token always passes. */
const refusalsPerMinute = 20;

/**
 * Builds the admin listener's application (security-rules.md 23). It belongs on a listener of its own, never on the public
 * one. Throws `Fault('config_invalid')` when the token is too short.
 */
export function createAdminApp(dependencies: AdminDependencies): RequestListener {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  // Whatever the environment says: Express's own last resort must not show a stack.
  app.set('env', 'production');
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.set('query parser', 'simple');

  const refuseStranger = createStrangerRefusal(dependencies);

  app.use(nameRequest(dependencies));
  app.use(protectBrowsers());
  app.use(checkHost(dependencies, refuseStranger));
  const askReadiness = createReadiness(dependencies.readiness, dependencies.now);
  app.use(createHealthRoutes(dependencies, askReadiness));
  app.use(createStatusPage(dependencies));
  app.use('/api/v1', checkToken(dependencies.token, refuseStranger), admit(dependencies));
  app.use('/api/v1', express.json({ limit: 16 * 1024, inflate: false, type: 'application/json' }));
  app.use(
    '/api/v1',
    createSessionRoutes(dependencies),
    createLockRoutes(dependencies),
    createBrowserRoutes(dependencies),
    createDeviceRoutes(dependencies),
    createWhoAmIRoute(dependencies),
    createDecisionStream(dependencies),
    createAuditRoutes(dependencies),
    createConfigurationRoutes(dependencies, askReadiness),
    createRiskRoutes(dependencies),
    createRevocationRoutes(dependencies),
    createPeopleRoutes(dependencies),
  );
  app.use((_request: Request, _response: Response, next: NextFunction) => {
    next(new AdminProblem('not_found', 'There is no such call. See docs/admin-api.md for what there is.'));
  });
  app.use(answerError(dependencies));
  return app;
}

function nameRequest({ nextDecisionId, now }: AdminDependencies): RequestHandler {
  return (_request, response, next) => {
    const decisionId = nextDecisionId(now());
    response.locals['decisionId'] = decisionId;
    response.setHeader('Postern-Decision-Id', decisionId);
    response.setHeader('Cache-Control', 'no-store');
    next();
  };
}

function protectBrowsers(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"], frameAncestors: ["'none'"] },
    },
    // The listener speaks plain HTTP on loopback by default; where TLS stands before it, that decides.
    strictTransportSecurity: false,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  });
}

function checkHost({ listen }: AdminDependencies, refuseStranger: RefuseStranger): RequestHandler {
  return async (request, response, next): Promise<void> => {
    const { host, origin } = request.headers;
    if (!isAdminHost(host, listen())) {
      const detail = 'Call the admin listener by its address or as localhost.';
      return refuseStranger(request, response, new AdminProblem('host_not_allowed', detail));
    }
    const isForeign = origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`;
    if (isForeign || request.headers['sec-fetch-site'] === 'cross-site') {
      const detail = 'Call the admin API from a program, or from its own pages.';
      return refuseStranger(request, response, new AdminProblem('origin_not_allowed', detail));
    }
    next();
  };
}

function checkToken(token: AdminDependencies['token'], refuseStranger: RefuseStranger): RequestHandler {
  let current = token();
  let check = createTokenCheck(current);
  return async (request, response, next): Promise<void> => {
    const latest = token();
    if (latest !== current) {
      check = createTokenCheck(latest);
      current = latest;
    }
    const result = check(request.headers.authorization);
    if (result === 'right') return next();
    const code = result === 'missing' ? 'token_required' : 'token_wrong';
    const detail = 'Send Authorization: Bearer and the token of admin.token.';
    return refuseStranger(request, response, new AdminProblem(code, detail));
  };
}

/** Throws the problem, after recording it. */
type RefuseStranger = (request: Request, response: Response, problem: AdminProblem) => Promise<never>;

function createStrangerRefusal(dependencies: AdminDependencies): RefuseStranger {
  const refusals = new RateLimiterMemory({ points: refusalsPerMinute, duration: 60 });
  return async (request, response, problem) => {
    const isWithinLimit = await refusals.consume(request.socket.remoteAddress ?? '').then(
      () => true,
      () => false,
    );
    // Beyond the limit nothing is recorded: somebody who guesses must not be able to fill the disk.
    if (!isWithinLimit) {
      response.setHeader('Retry-After', '60');
      throw new AdminProblem('rate_limited', 'Wait a minute.');
    }
    const detail = { problem: problem.code };
    await recordCall(dependencies, request, response, 'failure', { action: 'admit', detail });
    throw problem;
  };
}

// An admin's act that cannot be recorded is not done, where the configuration says so.
function admit({ audit }: AdminDependencies): RequestHandler {
  return (_request, response, next) => {
    response.locals['isAdmitted'] = true;
    if (audit.acceptsEvents()) return next();
    next(new AdminProblem('audit_unavailable', 'Look at the disk of the audit folder.'));
  };
}

function answerError({ onProblem, ...dependencies }: AdminDependencies) {
  return async (thrown: unknown, request: Request, response: Response, next: NextFunction): Promise<void> => {
    const problem = toAdminProblem(thrown);
    if (problem.code === 'internal') onProblem('A call to the admin listener failed.', thrown, decisionIdOf(response));
    if (response.headersSent) return next(thrown);
    if (response.locals['isAdmitted'] === true) {
      await recordCall(dependencies, request, response, 'failure', {
        action: 'refused',
        detail: { problem: problem.code },
      }).catch(() => undefined);
    }
    answerProblem(response, problem, decisionIdOf(response));
  };
}
