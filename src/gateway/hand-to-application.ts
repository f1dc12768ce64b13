import type { IncomingMessage } from 'node:http';
import { Fault } from '../decision/fault.ts';
import type { CarriedRequest } from '../streams/stream-registry.ts';
import { cuttingConnection } from './close-on-wire.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { openStream } from './open-stream.ts';
import type { End, Judged, RecordDecision } from './stages.ts';
import { watchEventStream } from './watch-event-stream.ts';

/**
 * `to: next`: lets the Express application that Postern is mounted in answer. It gets the canonical target and the
 * settled headers, so that it reads what was judged and cannot mistake a client's header for ours (security-rules.md 24).
 */
export async function handToApplication(
  judged: Judged,
  headers: readonly string[],
  record: RecordDecision,
  parts: GatewayParts,
): Promise<End> {
  const { arrival, target } = judged.received;
  if (arrival.next === undefined) {
    throw new Fault(
      'config_invalid',
      `Route ${judged.route.name} says "to: next", which only works in a host application.`,
    );
  }
  replaceHeaders(arrival.request, headers);
  arrival.request.url = target.path + target.query;
  const { next } = arrival;
  if (arrival.upgrade !== undefined) {
    await record(101);
    // The bare socket is the application's now, and no response will tell of its end; the session still closes it.
    arrival.response.detachSocket(arrival.request.socket);
    openStream(judged, 'websocket', cuttingConnection(arrival), parts);
    next();
    return endWith(101);
  }
  await record(200);
  if (arrival.response.closed) return endWith(0);
  let forget: (() => void) | undefined;
  const carried: CarriedRequest = {
    sessionId: judged.identity.session?.id,
    socket: arrival.request.socket,
    deviceId: judged.identity.device?.deviceId,
    sinceMs: judged.received.startedMs,
    becomeStream() {
      forget = openStream(judged, 'transfer', cuttingConnection(arrival), parts);
    },
  };
  parts.streams.carry(carried);
  watchEventStream(arrival.response, () => {
    parts.streams.release(carried);
    forget?.();
    forget = openStream(judged, 'sse', cuttingConnection(arrival), parts);
  });
  return new Promise((resolve) => {
    const ended = () => {
      parts.streams.release(carried);
      forget?.();
      resolve(endWith(arrival.response.statusCode));
    };
    arrival.response.once('close', parts.guard.over(arrival.request.socket, 'request', ended));
    next();
  });
}

function endWith(status: number): End {
  return { outcome: 'ended', status, origin: 'upstream', waitedMs: 0 };
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
