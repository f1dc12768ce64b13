import { logoPath } from '../pages/paths.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { acceptTicket } from './own-paths/accept-ticket.ts';
import { answerWhoAmI } from './own-paths/answer-who-am-i.ts';
import { goToSignOut } from './own-paths/go-to-sign-out.ts';
import { serveJwks } from './own-paths/serve-jwks.ts';
import { serveLogo } from './own-paths/serve-logo.ts';
import { answered, type End, type OwnWork, type Received, type Refusal, refusalOf } from './stages.ts';

/** Answers, or says why not. */
type OwnPath = (received: Received, parts: GatewayParts) => Promise<Refusal | undefined>;

/** Postern's own paths on an app's host: this table and nothing else. */
const ownPaths: ReadonlyMap<string, OwnPath> = new Map<string, OwnPath>([
  ['/.postern/accept', acceptTicket],
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
