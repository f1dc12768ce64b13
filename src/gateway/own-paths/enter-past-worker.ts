import { appsWithWorkerOf } from '../../config/apps-with-worker.ts';
import { frontPathOf, type Route } from '../../config/route.ts';
import { appOf, buildPage } from '../../pages/build-answer.ts';
import { readAttempt } from '../../sessions/host-credential.ts';
import { pageContext } from '../answers/as-page.ts';
import { headersOf } from '../answers/headers-of.ts';
import { goToSignInHost } from '../answers/start-sign-in.ts';
import type { GatewayParts } from '../gateway-parts.ts';
import { type Received, type Refusal, refusalOf } from '../stages.ts';

/**
 * Begins a hand-over whose every step goes past a service worker of this host: a window that is sandboxed by the page that
 * opened it asks none. Brings whoever is signed in a new credential; everybody else is asked to sign in, as ever.
 */
export async function enterPastWorker(received: Received, parts: GatewayParts): Promise<Refusal | undefined> {
  const { arrival, address, client } = received;
  // Another site's page has its visitors fetch as much as it likes, and each would spend a sign-in of their network.
  if (client !== 'document') return refusalOf(received, 'route_unknown', 'Only a window begins there.');
  const route = appOfHost(received);
  if (route === undefined) return refusalOf(received, 'route_unknown', noWorker);
  const attempt = readAttempt(arrival.request.headers.cookie);
  const attempts = attempt === undefined ? [] : [attempt];
  const waitSeconds = await parts.signInBudget.take({ sessionId: undefined, attempts, address });
  if (waitSeconds !== undefined)
    return refusalOf(received, 'rate_limited', 'One address, browser or person begins too many sign-ins.');
  const headers = await goToSignInHost(
    received,
    { reason: 'login_required', page: 'login', path: frontPathOf(route) ?? '/', way: 'past_worker' },
    parts,
  );
  arrival.response.writeHead(302, headers).end();
  return undefined;
}

/** Where that hand-over ends: the app itself would not work in a sandboxed window. */
export async function tellEntered(received: Received, parts: GatewayParts): Promise<Refusal | undefined> {
  const { arrival } = received;
  const app = appOf(appOfHost(received));
  if (app === undefined) return refusalOf(received, 'route_unknown', noWorker);
  const body = buildPage({ kind: 'entered', app }, 200, pageContext(received, undefined, parts), parts.pages);
  const { contentType, contentSecurityPolicy } = body;
  arrival.response.writeHead(200, headersOf(received, { reason: 'granted', contentType, contentSecurityPolicy }));
  arrival.response.end(body.text);
  return undefined;
}

const noWorker = 'No app of this host has a service worker.';

function appOfHost({ snapshot, target }: Received): Route | undefined {
  return appsWithWorkerOf(snapshot).byHost.get(target.host);
}
