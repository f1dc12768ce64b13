import type { PeerCertificate } from 'node:tls';
import { foreseeChange } from '../access/foresee-change.ts';
import type { Judgement } from '../access/judge.ts';
import type { Route } from '../config/route.ts';
import type { Snapshot } from '../config/snapshot.ts';
import { reasonForFault, toFault } from '../decision/fault.ts';
import type { ReasonCode } from '../decision/reason.ts';
import { claimsEndMs } from '../sessions/expiry.ts';
import type { EndCause, Session } from '../sessions/session.ts';
import { assess } from './assess.ts';
import { reasonAgainstUpgrade } from './authorize.ts';
import { endByJudgement } from './end-by-judgement.ts';
import { findServiceAgain } from './find-service.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { judgePaths } from './judge-paths.ts';
import { keepsReadings } from './route.ts';
import type { Identity, Received } from './stages.ts';

export type RejudgeParts = Pick<GatewayParts, 'sessions' | 'lockByRisk' | 'judge' | 'devices' | 'now'>;

/** What an open stream was let in by: as little of its request as deciding again takes, since it is kept for as long. */
export interface StreamAdmission {
  readonly received: Pick<Received, 'target' | 'client' | 'address' | 'userAgent'> & { readonly origin: Origin };
  readonly identity: Identity;
  /** What its connection showed; a connection's certificate cannot change. */
  readonly certificate: PeerCertificate | undefined;
  readonly place: Pick<Route, 'target' | 'rewrite'>;
}

/** Where the request came from, and where its own host is. */
export interface Origin {
  readonly given: string | undefined;
  readonly own: string;
}

export type Rejudged =
  | { readonly outcome: 'stays'; readonly lookAgainAtMs: number }
  | { readonly outcome: 'refused'; readonly reason: ReasonCode; readonly route?: Route; readonly judgement?: Judgement }
  /** Still allowed, but the route leads elsewhere now. */
  | { readonly outcome: 'moved' }
  | { readonly outcome: 'undecided' };

/**
 * Whether an open stream would be let in now: its route is there and leads to the same place by the same trust, its
 * session lives, and the judge says yes to the facts as of now. Never rejects.
 */
export async function judgeStreamAgain(
  admission: StreamAdmission,
  snapshot: Snapshot,
  parts: RejudgeParts,
): Promise<Rejudged> {
  try {
    return await judgeNow(admission, snapshot, parts);
  } catch (thrown) {
    const reason = reasonForFault(toFault(thrown));
    return reason === 'state_unavailable' ? { outcome: 'undecided' } : { outcome: 'refused', reason };
  }
}

async function judgeNow(admission: StreamAdmission, snapshot: Snapshot, parts: RejudgeParts): Promise<Rejudged> {
  const { received, identity } = admission;
  const { target } = received;
  const route = snapshot.routeTable.find(target.host, target.path);
  if (route === undefined || !keepsReadings(snapshot.routeTable, route, target))
    return { outcome: 'refused', reason: 'route_unknown' };
  const refusedUpgrade = received.client === 'websocket' ? reasonAgainstUpgrade(received.origin, route) : undefined;
  if (refusedUpgrade !== undefined) return { outcome: 'refused', reason: refusedUpgrade, route };

  const session = identity.session === undefined ? undefined : await parts.sessions.find(identity.session.id);
  if (identity.session !== undefined && session === undefined) {
    return { outcome: 'refused', reason: await whyEnded(identity.session, parts), route };
  }
  const nowMs = parts.now();
  const service = identity.service && findServiceAgain(identity.service, snapshot, nowMs);
  if (identity.service !== undefined && service === undefined) {
    return { outcome: 'refused', reason: 'service_unknown', route };
  }
  const device = parts.devices.identify(admission.certificate, snapshot, nowMs);
  const question = assess({ ...received, snapshot, nowMs }, route, { ...identity, session, device, service });
  const judgement = await judgePaths(parts.judge, { ...question, purpose: 'preview', isOpen: true }, target);
  const { decision } = judgement;
  if (session !== undefined && judgement.endsSession) {
    await endByJudgement(session, judgement, parts);
  }
  if (decision.outcome !== 'allow') {
    if (decision.reason === 'state_unavailable') return { outcome: 'undecided' };
    return { outcome: 'refused', reason: decision.reason, route, judgement };
  }
  if (!isSamePlace(route, admission.place)) return { outcome: 'moved' };
  const { recheckMs } = snapshot.session;
  const times = [
    nowMs + recheckMs,
    foreseeChange(route.policy, judgement.facts, snapshot, nowMs),
    session && endOf(session, snapshot, parts),
    device && device.notAfterMs + 1,
    service?.notAfterMs && service.notAfterMs + 1,
  ];
  return { outcome: 'stays', lookAgainAtMs: Math.min(...times.filter((time) => time !== undefined)) };
}

/** When the session ends by time if nobody uses it. */
function endOf(session: Session, { session: settings }: Snapshot, { sessions }: RejudgeParts): number {
  const lastSeenAtMs = Math.max(sessions.lastSeenAtMs(session.id) ?? 0, session.signedInAtMs);
  return Math.min(
    session.expiresAtMs,
    session.signedInAtMs + settings.expirationMs,
    lastSeenAtMs + settings.inactivityMs,
    claimsEndMs(session, settings),
  );
}

async function whyEnded({ id }: Session, { sessions }: RejudgeParts): Promise<ReasonCode> {
  return reasonOfEnd((await sessions.endOf(id))?.cause);
}

/** What a person is told of a session's end; `undefined`: the record is gone, and nobody knows why. */
export function reasonOfEnd(cause: EndCause | undefined): ReasonCode {
  switch (cause) {
    case 'idle':
    case 'absolute':
      return 'session_expired';
    case 'admin':
    case 'user':
    case 'risk':
    case 'policy':
      return 'session_revoked';
    case 'logout':
    case 'idp_logout':
    case undefined:
      return 'login_required';
    default:
      return cause satisfies never;
  }
}

type Place = StreamAdmission['place'];

/**
 * Everything that a connection to an upstream is made from, and what became of its path there: text, lists and addresses, all
 * of which JSON tells apart.
 */
function isSamePlace({ target, rewrite }: Place, other: Place): boolean {
  if (target === other.target && rewrite === other.rewrite) return true;
  return JSON.stringify([target, rewrite]) === JSON.stringify([other.target, other.rewrite]);
}
