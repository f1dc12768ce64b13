import type { GatewayParts } from './gateway-parts.ts';
import { acceptTicket } from './own-paths/accept-ticket.ts';
import { answerWhoAmI } from './own-paths/answer-who-am-i.ts';
import { goToSignOut } from './own-paths/go-to-sign-out.ts';
import { serveJwks } from './own-paths/serve-jwks.ts';
import { refuse } from './refuse.ts';
import type { Received } from './stages.ts';

type OwnPath = (received: Received, parts: GatewayParts) => Promise<void> | void;

/** Postern's own paths on an app's host: this table and nothing else (DESIGN.md §1). */
const ownPaths: ReadonlyMap<string, OwnPath> = new Map<string, OwnPath>([
  ['/.postern/accept', acceptTicket],
  ['/.postern/sign-out', goToSignOut],
  ['/.postern/session', answerWhoAmI],
  ['/.postern/jwks.json', serveJwks],
]);

/** Serves one of them; any other path under `/.postern/` is a 404 and never reaches an app. */
export async function serveOwnPath(received: Received, path: string, parts: GatewayParts): Promise<void> {
  const serve = ownPaths.get(path);
  const { method } = received.target;
  if (serve !== undefined && (method === 'GET' || method === 'HEAD')) return serve(received, parts);
  return refuse(
    {
      outcome: 'refused',
      opening: received,
      reason: 'route_unknown',
      detail: 'Postern has no page here.',
      target: received.target,
      client: received.client,
      address: received.address,
      route: undefined,
      session: undefined,
    },
    parts,
  );
}
