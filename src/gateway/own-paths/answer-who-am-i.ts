import { buildAnswerHeaders } from '../../http/answer-headers.ts';
import { readCredential } from '../../sessions/host-credential.ts';
import { sendNo } from '../answers/send-no.ts';
import type { GatewayParts } from '../gateway-parts.ts';
import type { Received } from '../stages.ts';

/** Tells an app's page who is signed in and until when. Asking is not activity: it never extends the session. */
export async function answerWhoAmI(received: Received, parts: GatewayParts): Promise<undefined> {
  const { arrival, target, nowMs } = received;
  const secret = readCredential(arrival.request.headers.cookie);
  await parts.sessions.freshen();
  const looked = secret === undefined ? undefined : await parts.sessions.findByCredential(secret, target.host, nowMs);
  if (looked?.found !== 'session') {
    const reason = looked?.found === 'ended' ? 'session_expired' : 'login_required';
    sendNo(
      { opening: received, reason, status: 401, target, route: undefined, client: 'api', session: undefined },
      parts,
    );
    return undefined;
  }
  const { session, credential } = looked;
  const lastSeenAtMs = parts.sessions.lastSeenAtMs(session.id) ?? session.signedInAtMs;
  const device = parts.devices.identify(parts.peerCertificate(arrival.request), received.snapshot, nowMs);
  const contentType = 'application/json';
  arrival.response.writeHead(
    200,
    buildAnswerHeaders({ decisionId: received.decisionId, reason: 'granted', contentType }),
  );
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
