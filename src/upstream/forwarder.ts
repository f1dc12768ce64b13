import { type ConnectionGuard, silentGuard } from '../http/connection-guard.ts';
import { hasBody } from '../http/request-framing.ts';
import { type Carriage, carryRequest } from './carry-request.ts';
import type { Forwarder } from './forward.ts';
import { bodyTooLarge, trailersRefused } from './request-body.ts';
import { type Fence, noFence } from './through-fence.ts';
import type { UpstreamPools } from './upstream-pools.ts';

export interface ForwarderParts {
  /** Milliseconds; only differences count. */
  readonly now: () => number;
  readonly pools: UpstreamPools;
  /** True for a `Set-Cookie` value that names one of our cookies: it is removed from an app's answer. */
  readonly isOwnSetCookie: (setCookie: string) => boolean;
  /** Closes over what Node and undici call while an exchange is carried. */
  readonly guard?: ConnectionGuard;
  /** Asked before bytes are passed on. Default: they always are. */
  readonly fence?: Fence;
  readonly onLimited?: Carriage['onLimited'];
}

/** Methods that may be sent again when nothing is known of the first try (RFC 9110 §9.2.2). */
const idempotentMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'QUERY']);

/** Forwards allowed requests by undici; see {@link Forwarder}. Several upstreams take turns. */
export function createForwarder(parts: ForwarderParts): Forwarder {
  const { guard = silentGuard, onLimited = () => undefined } = parts;
  return {
    forward(allowed, request, response, watch = {}) {
      const declaredBytes = request.headers['content-length'];
      if (declaredBytes !== undefined && Number(declaredBytes) > allowed.limits.bodyBytes) {
        response.shouldKeepAlive = false;
        return Promise.reject(bodyTooLarge(allowed.limits.bodyBytes));
      }
      if (request.headers.trailer !== undefined && request.headers['transfer-encoding'] !== undefined) {
        response.shouldKeepAlive = false;
        return Promise.reject(trailersRefused());
      }
      const servers = parts.pools.serversOf(allowed.upstreams);
      const isWithBody = hasBody(request.headers);
      const mayRetry = !isWithBody && idempotentMethods.has(allowed.target.method);
      return carryRequest({
        now: parts.now,
        isOwnSetCookie: parts.isOwnSetCookie,
        fence: parts.fence ?? noFence,
        allowed,
        request,
        response,
        servers,
        firstServer: parts.pools.takeTurn(allowed.upstreams),
        attempts: mayRetry ? servers.length : 1,
        isWithBody,
        onAnswer: watch.onAnswer,
        isHeld: watch.isHeld ?? (() => false),
        guard,
        onLimited,
      });
    },
    retain: (targets) => parts.pools.retain(targets),
    close: () => parts.pools.close(),
  };
}
