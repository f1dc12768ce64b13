import { createRequire } from 'node:module';
import type express from 'express';
import type { Express, Request, RequestHandler, Response } from 'express';
import { callbackPatterns } from '../config/values/callback-path.ts';
import { pictureHeaders } from '../http/picture-headers.ts';
import { strictTransport } from '../http/strict-transport.ts';
import { iconsPath, logoPath, openPath, portalScriptPath } from '../pages/paths.ts';
import { portalScript } from '../pages/portal-script.ts';
import { createAnswerFault } from './answer-fault.ts';
import { addBrowserRoutes } from './browser/browser-routes.ts';
import { receiveCallback } from './callback.ts';
import { showDevice } from './device-page.ts';
import {
  acceptReport,
  findReporter,
  issueNonce,
  longestReportBytes,
  reportContentType,
  reportPath,
} from './device-report.ts';
import { confirmDisown, disownSession } from './disown-session.ts';
import { createExchange, type Exchange, exchangeOf, rememberExchange } from './exchange.ts';
import type { IdentityDeps } from './identity-deps.ts';
import { endOtherSessions, endSession, showSessions } from './my-sessions.ts';
import { openApp } from './open-app.ts';
import { sessionsPath } from './own-sessions.ts';
import type { IdentityParts } from './parts.ts';
import { listApps, showPortal } from './portal.ts';
import { defineSecure, requireSecureContext } from './secure-context.ts';
import { createSecurityHeaders } from './security-headers.ts';
import { chooseProvider, goToProvider } from './sign-in.ts';
import { confirmSignOut, showSignedOut, signedOutPath, signOut } from './sign-out.ts';
import { stepUp } from './step-up.ts';

const require = createRequire(import.meta.url);

/** The paths of the sign-in host, each with what answers it. Calling it loads Express. */
export function createIdentityRoutes(deps: IdentityDeps, parts: IdentityParts): Express {
  const server: typeof express = require('express');
  const readReport = server.text({ type: reportContentType, limit: longestReportBytes, defaultCharset: 'utf-8' });

  const readForm = server.urlencoded({ extended: false, limit: 4096, parameterLimit: 8 });

  const app = server();
  app.disable('x-powered-by');
  app.disable('etag');
  // Whatever the environment says: Express's own last resort must not show a stack.
  app.set('env', 'production');
  app.enable('case sensitive routing');
  app.enable('strict routing');
  // Parameters are read from the query as it was sent: Express would make objects of some.
  app.set('query parser', false);
  defineSecure(app, deps.originOf);

  app.use(createSecurityHeaders(deps.pages.contentSecurityPolicy));
  app.use((request, response, next) => {
    const exchange = createExchange(deps, request, response);
    rememberExchange(exchange);
    response.set({
      'Cache-Control': 'no-store',
      Vary: 'Sec-Fetch-Mode, Sec-Fetch-Dest, Accept, Cookie, Authorization',
      'Postern-Decision-Id': exchange.decisionId,
      'Proxy-Status': 'postern',
    });
    const { protocol, hostname } = new URL(exchange.authOrigin);
    const hsts = strictTransport(protocol === 'https:' ? 'https' : 'http', hostname);
    if (hsts !== undefined) response.set('Strict-Transport-Security', hsts);
    next();
  });

  const step =
    (handle: (exchange: Exchange, request: Request, response: Response) => Promise<void>): RequestHandler =>
    (request, response, next) => {
      handle(exchangeOf(request), request, response).catch(next);
    };

  // Devices have no cookies, so their endpoints come before the session.
  app.get(
    '/.postern/device/nonce',
    step((exchange) => issueNonce(parts, exchange)),
  );
  app.post(reportPath, async (request, response, next) => {
    try {
      const exchange = exchangeOf(request);
      const device = await findReporter(parts, exchange);
      if (device === undefined) return;
      readReport(request, response, (error?: unknown) => {
        if (error !== undefined) return next(error);
        acceptReport(parts, exchange, device, request.body).catch(next);
      });
    } catch (thrown) {
      next(thrown);
    }
  });

  app.get(logoPath, (request, response, next) => {
    const logo = exchangeOf(request).snapshot.branding?.logo;
    if (logo === undefined) return next();
    response.removeHeader('Vary');
    response.set(pictureHeaders(logo)).end(logo.bytes);
  });
  app.get(portalScriptPath, (_request, response) => {
    response.type('text/javascript').send(portalScript);
  });
  // Pictures are seen before and without a session, and a page of apps asks for many.
  app.get(`${iconsPath}/:name`, (request, _response, next) => {
    if (!parts.icons.send(exchangeOf(request), String(request.params['name']))) next();
  });

  app.use((request, _response, next) => {
    requireSecureContext(request);
    next();
  });
  app.use(parts.singleSignOn.load);

  app.get(
    '/',
    step((exchange) => showPortal(parts, exchange)),
  );
  app.get(
    '/.postern/api/apps',
    step((exchange) => listApps(parts, exchange)),
  );
  app.get(
    openPath,
    step((exchange) => openApp(parts, exchange)),
  );
  app.get(
    '/.postern/login',
    step((exchange) => chooseProvider(parts, exchange)),
  );
  app.get('/.postern/login/:provider', (request, _response, next) => {
    const exchange = exchangeOf(request);
    const provider = exchange.snapshot.providers.get(String(request.params['provider']));
    if (provider === undefined) return next();
    goToProvider(parts, exchange, provider).catch(next);
  });
  app.get(
    [...callbackPatterns],
    step((exchange) => receiveCallback(parts, exchange)),
  );
  app.get(
    '/.postern/step-up',
    step((exchange) => stepUp(parts, exchange)),
  );
  app.get(
    '/.postern/sign-out',
    step((exchange) => confirmSignOut(parts, exchange)),
  );
  app.post(
    '/.postern/sign-out',
    readForm,
    step((exchange, request) => signOut(parts, exchange, fieldOf(request.body, 'token'))),
  );
  app.get(
    signedOutPath,
    step((exchange) => showSignedOut(parts, exchange)),
  );
  app.get(
    '/.postern/device',
    step((exchange) => showDevice(parts, exchange)),
  );
  addBrowserRoutes(app, server.urlencoded, parts);
  app.get(
    sessionsPath,
    step((exchange) => showSessions(parts, exchange)),
  );
  app.post(
    `${sessionsPath}/end`,
    readForm,
    step((exchange, request) => endSession(parts, exchange, sessionFormOf(request.body))),
  );
  app.post(
    `${sessionsPath}/end-others`,
    readForm,
    step((exchange, request) => endOtherSessions(parts, exchange, fieldOf(request.body, 'token'))),
  );
  app.get(
    `${sessionsPath}/not-me`,
    step((exchange) => confirmDisown(parts, exchange)),
  );
  app.post(
    `${sessionsPath}/not-me`,
    readForm,
    step((exchange, request) => disownSession(parts, exchange, sessionFormOf(request.body))),
  );

  app.use((request) => parts.answers.refuse(exchangeOf(request), { reason: 'route_unknown' }));
  app.use(createAnswerFault(parts));
  return app;
}

const sessionFormOf = (body: unknown) => ({ token: fieldOf(body, 'token'), session: fieldOf(body, 'session') });

function fieldOf(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
}
