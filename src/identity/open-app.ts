import { appsWithWorkerOf } from '../config/apps-with-worker.ts';
import { frontPathOf } from '../config/route.ts';
import { appOf } from '../pages/build-answer.ts';
import { enterPath, openUrl } from '../pages/paths.ts';
import { mintSecret } from '../state/secret.ts';
import { loginUrl, stepUpPath } from './answer.ts';
import { isNavigation } from './client-form.ts';
import { type Exchange, queryOf, singleParameter } from './exchange.ts';
import { isOverLimit } from './limit-sign-ins.ts';
import type { IdentityParts } from './parts.ts';
import { previewOf } from './preview.ts';

/**
 * `GET /.postern/open`: signs in and steps up here, at the sign-in host, and then shows the one link that goes past the
 * worker. The page is sandboxed: what it opens has an origin of its own, and browsers ask no worker for that.
 */
export async function openApp(parts: IdentityParts, exchange: Exchange): Promise<void> {
  const { answers, deps } = parts;
  const name = singleParameter(queryOf(exchange.request), 'app');
  const route = name === undefined ? undefined : appsWithWorkerOf(exchange.snapshot).byName.get(name);
  if (route === undefined) return answers.redirect(exchange, `${exchange.authOrigin}/`);
  const session = await parts.findCurrentSession(exchange);
  if (session === undefined && !isNavigation(exchange.request.method, exchange.request.headers))
    return answers.refuse(exchange, { reason: 'login_required', signInUrl: openUrl(exchange.authOrigin, route) });
  const origin = deps.originFor(route.host, exchange.request);
  const path = frontPathOf(route) ?? '/';
  // No ticket ever goes there, so it is bound to a secret that nobody has.
  const comeBack = async () => {
    const attemptHash = mintSecret(deps.randomBytes);
    return deps.sessions.saveReturnTarget({ host: route.host, origin, path, attemptHash, way: 'open' });
  };
  if (session === undefined) {
    if (await isOverLimit(parts, exchange, session)) return;
    return answers.redirect(exchange, exchange.authOrigin + loginUrl(await comeBack()));
  }
  const { decision } = await deps.judge.decide(previewOf(exchange, route, path, session));
  if (decision.outcome === 'step_up') {
    if (await isOverLimit(parts, exchange, session)) return;
    return answers.redirect(exchange, exchange.authOrigin + stepUpPath(await comeBack()));
  }
  const page = { kind: 'way_in', app: appOf(route), enterUrl: origin + enterPath, appUrl: origin + path } as const;
  answers.page(exchange, page, session);
}
