import { readOwnToken, type ShownToken } from '../../http/own-token.ts';
import { readCredential } from '../../sessions/host-credential.ts';
import { headersOf } from '../answers/headers-of.ts';
import { sendDenial } from '../answers/send-denial.ts';
import { findServiceByToken } from '../find-service.ts';
import type { GatewayParts } from '../gateway-parts.ts';
import { type Received, type Refusal, refusalOf } from '../stages.ts';

/**
 * Tells an app's page who is signed in and until when. Asking is not activity: it never extends the session. Who shows
 * the credential without the device that it is bound to ends the session and learns nothing (security-rules.md 10).
 */
export async function answerWhoAmI(received: Received, parts: GatewayParts): Promise<Refusal | undefined> {
  const { arrival, target, nowMs } = received;
  const token = readOwnToken(arrival.request.rawHeaders);
  if (token.shown !== 'nothing') return answerService(received, token);
  const secret = readCredential(arrival.request.headers.cookie);
  await parts.sessions.freshen();
  const looked =
    secret === undefined
      ? undefined
      : await parts.sessions.findByCredential(secret, target.host, nowMs, received.decisionId);
  if (looked?.found !== 'session') {
    const reason = looked?.found === 'ended' ? 'session_expired' : 'login_required';
    sendDenial(
      { opening: received, reason, status: 401, target, route: undefined, client: 'api', session: undefined },
      parts,
    );
    return undefined;
  }
  const { session, credential } = looked;
  const device = parts.devices.identify(parts.peerCertificate(arrival.request), received.snapshot, nowMs);
  if (session.deviceFingerprint !== undefined && session.deviceFingerprint !== device?.fingerprint) {
    await parts.sessions.end(session.id, 'policy');
    const refusal = refusalOf(received, 'session_revoked', 'The session is bound to another device.');
    return { ...refusal, client: 'api' };
  }
  const lastSeenAtMs = parts.sessions.lastSeenAtMs(session.id) ?? session.signedInAtMs;
  const contentType = 'application/json';
  arrival.response.writeHead(200, headersOf(received, { reason: 'granted', contentType }));
  arrival.response.end(
    JSON.stringify({
      user: { name: session.person.name, email: session.person.email, groups: session.person.groups },
      expires_at: new Date(session.expiresAtMs).toISOString(),
      idle_expires_at: new Date(lastSeenAtMs + received.snapshot.session.inactivityMs).toISOString(),
      proved_at: Object.fromEntries(
        Object.entries(credential.provedAtMs).map(([method, atMs]) => [method, new Date(atMs).toISOString()]),
      ),
      acr: session.acr,
      device: device?.deviceId ?? null,
    }),
  );
  return undefined;
}

/** A script can check its token, and learns by which name the rules know it. */
function answerService(received: Received, token: Exclude<ShownToken, { shown: 'nothing' }>): Refusal | undefined {
  if (token.shown === 'conflict') return refusalOf(received, 'credentials_conflict', token.detail);
  if (readCredential(received.arrival.request.headers.cookie) !== undefined) {
    return refusalOf(received, 'credentials_conflict', 'A session cookie and a service token came together.');
  }
  const found = token.shown === 'token' ? findServiceByToken(token.token, received.snapshot) : undefined;
  if (found === undefined) {
    const why = token.shown === 'unreadable' ? token.detail : 'No service has this token.';
    return { ...refusalOf(received, 'service_unknown', why), client: 'api' };
  }
  const { response } = received.arrival;
  response.writeHead(200, headersOf(received, { reason: 'granted', contentType: 'application/json' }));
  response.end(JSON.stringify({ service: found.service.id }));
  return undefined;
}
