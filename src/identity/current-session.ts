import type { Session } from '../sessions/session.ts';
import type { Exchange } from './exchange.ts';
import type { IdentityDeps } from './identity-deps.ts';
import type { Recorder } from './record-activity.ts';
import type { SingleSignOn } from './single-sign-on-cookie.ts';

/** The live session of this browser, if any. */
export type FindCurrentSession = (exchange: Exchange) => Promise<Session | undefined>;

/**
 * Builds the look-up. A session that is bound to a device ends when another device, or none, shows its cookie
 * (security-rules.md 10). A store that is away is a fault, never "nobody".
 */
export function createFindCurrentSession(
  deps: Pick<IdentityDeps, 'sessions' | 'metrics'>,
  singleSignOn: SingleSignOn,
  recorder: Recorder,
): FindCurrentSession {
  return async (exchange) => {
    const id = singleSignOn.sessionIdOf(exchange.request);
    if (id === undefined) return undefined;
    await deps.sessions.freshen();
    const session = await deps.sessions.find(id);
    // Asked of the very record whose proofs are used from here on: a copy of an older cookie never sees newer ones.
    if (session === undefined || !singleSignOn.isCurrent(exchange.request, session)) return undefined;
    if (session.deviceFingerprint === undefined || session.deviceFingerprint === exchange.device?.fingerprint) {
      return session;
    }
    await deps.sessions.end(session.id, 'policy');
    await recorder.record(exchange, {
      type: 'session_ended',
      result: 'success',
      reason: 'session_revoked',
      session,
      detail: { cause: 'another_device', device: exchange.device?.deviceId },
    });
    return undefined;
  };
}
