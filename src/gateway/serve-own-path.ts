import type { AssertionAlgorithm } from '../config/route.ts';
import { enteredPath, enterPath, logoPath } from '../pages/paths.ts';
import { authOrigin } from './answers/denial.ts';
import { headersOf } from './answers/headers-of.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { acceptTicket } from './own-paths/accept-ticket.ts';
import { answerWhoAmI } from './own-paths/answer-who-am-i.ts';
import { enterPastWorker, tellEntered } from './own-paths/enter-past-worker.ts';
import { serveLogo } from './own-paths/serve-logo.ts';
import { answered, type End, type OwnWork, type Received, type Refusal, refusalOf } from './stages.ts';

/** Answers, or says why not. */
type OwnPath = (received: Received, parts: GatewayParts) => Promise<Refusal | undefined>;

/** Postern's own paths on an app's host: this table and nothing else. */
const ownPaths: ReadonlyMap<string, OwnPath> = new Map<string, OwnPath>([
  ['/.postern/accept', acceptTicket],
  [enterPath, enterPastWorker],
  [enteredPath, tellEntered],
  ['/.postern/sign-out', goToSignOut],
  ['/.postern/session', answerWhoAmI],
  ['/.postern/jwks.json', serveJwks],
  [logoPath, serveLogo],
]);

/** Serves one of them; any other path under `/.postern/` is a 404 and never reaches an app. */
export async function serveOwnPath(
  { received, path }: Extract<OwnWork, { outcome: 'own_path' }>,
  parts: GatewayParts,
): Promise<End | Refusal> {
  const serve = ownPaths.get(path);
  const { method } = received.target;
  if (serve === undefined || (method !== 'GET' && method !== 'HEAD')) {
    return refusalOf(received, 'route_unknown', 'Postern has no page here.');
  }
  return (await serve(received, parts)) ?? answered(received.arrival.response.statusCode);
}

/** Sign-out is one place: the sign-in host, which asks before it acts, so that another site cannot sign anybody out. */
async function goToSignOut(received: Received): Promise<undefined> {
  const { response } = received.arrival;
  const location = `${authOrigin(received)}/.postern/sign-out`;
  response.writeHead(303, headersOf(received, { reason: 'granted', location }));
  response.end();
  return undefined;
}

const es256Alone: ReadonlySet<AssertionAlgorithm> = new Set(['ES256'] as const);

/** The public keys by which an app checks `X-Postern-Assertion` (RFC 7517). */
async function serveJwks(received: Received, parts: GatewayParts): Promise<undefined> {
  const { assertionAlgorithms = es256Alone } = received.snapshot;
  const keys = await parts.assertions.publicKeys(received.nowMs, assertionAlgorithms);
  const { response } = received.arrival;
  response.setHeader('Content-Type', 'application/jwk-set+json');
  // Shorter than the overlap of keys, so that a cached set always holds the key in use.
  response.setHeader('Cache-Control', 'public, max-age=300');
  response.setHeader('Postern-Decision-Id', received.decisionId);
  response.end(JSON.stringify({ keys }));
  return undefined;
}
