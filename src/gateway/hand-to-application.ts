import type { IncomingMessage } from 'node:http';
import { Fault } from '../decision/fault.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { recordDecision, recordEnd } from './record.ts';
import type { Judged } from './stages.ts';

/**
 * `to: next`: lets the Express application that Postern is mounted in answer. It gets the canonical target and the
 * settled headers, so that it reads what was judged and cannot mistake a client's header for ours (SECURITY.md 24).
 */
export async function handToApplication(
  judged: Judged,
  headers: readonly string[],
  parts: GatewayParts,
): Promise<void> {
  const { arrival, target } = judged.received;
  if (arrival.next === undefined) {
    throw new Fault(
      'config_invalid',
      `Route ${judged.route.name} says "to: next", which only works in a host application.`,
    );
  }
  replaceHeaders(arrival.request, headers);
  arrival.request.url = target.path + target.query;
  await recordDecision(judged, 200, parts);
  if (arrival.upgrade !== undefined) {
    const { socket } = arrival.request;
    arrival.response.detachSocket(socket);
    const { route, identity } = judged;
    parts.streams.add({ kind: 'websocket', routeIndex: route.index, sessionId: identity.session?.id, socket });
  }
  arrival.response.once('close', () =>
    recordEnd(
      judged.received,
      {
        route: judged.route.index,
        status: arrival.response.statusCode,
        origin: 'upstream',
        client: judged.client,
        waitedMs: 0,
      },
      parts,
    ),
  );
  arrival.next();
}

/** Both views of the headers must tell the same: frameworks read one or the other. */
function replaceHeaders(request: IncomingMessage, flat: readonly string[]): void {
  const merged: IncomingMessage['headers'] = {};
  for (let index = 0; index + 1 < flat.length; index += 2) {
    const name = (flat[index] ?? '').toLowerCase();
    const value = flat[index + 1] ?? '';
    const before = merged[name];
    merged[name] = typeof before === 'string' ? `${before}${name === 'cookie' ? '; ' : ', '}${value}` : value;
  }
  request.headers = merged;
  request.rawHeaders = [...flat];
}
