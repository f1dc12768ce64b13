import type { ActivityEvent, AuditTrail } from '../../audit/audit-event.ts';
import { configurationName, type IdentityProvider, type Snapshot } from '../../config/snapshot.ts';
import type { DecisionIdGenerator } from '../../decision/decision-id.ts';
import { toFault } from '../../decision/fault.ts';
import type { Session, SessionId, Sessions } from '../../sessions/session.ts';
import { isSamePerson } from '../../state/person-key.ts';
import { readPerson } from '../claims.ts';
import type { Providers } from '../providers.ts';
import { isOf, type ProviderGrants } from './provider-grants.ts';
import { type ClaimsReading, readClaimsAgain } from './read-claims-again.ts';
import type { RefreshLeases } from './refresh-leases.ts';

/** What became of a session's turn. */
export type RefreshResult =
  /** The session is over, or its provider's claims are not refreshed. */
  | { readonly outcome: 'nothing' }
  /** Its claims are young enough. */
  | { readonly outcome: 'fresh'; readonly asOfMs: number; readonly provider: IdentityProvider }
  /** Another process is at it. */
  | { readonly outcome: 'busy' }
  | { readonly outcome: 'success'; readonly asOfMs: number; readonly provider: IdentityProvider }
  | (Exclude<ClaimsReading, { outcome: 'read' }> & { readonly provider: IdentityProvider });

export interface RefreshSessionParts {
  readonly snapshot: () => Snapshot;
  readonly sessions: Pick<Sessions, 'find' | 'renewPerson' | 'end'>;
  readonly providers: Pick<Providers, 'reach'>;
  readonly grants: ProviderGrants;
  readonly leases: RefreshLeases;
  readonly audit: Pick<AuditTrail, 'recordDurably'>;
  readonly nextDecisionId: DecisionIdGenerator;
  readonly now: () => number;
}

/** Claims are read again when they are this much of `refresh` old; the rest is jitter. */
export const earliestShare = 0.9;
/** Names of groups are the provider's text. */
const mostGroupsRecorded = 50;

/**
 * Reads the claims of one session again, if it is time and nobody else is at it, and acts on the answer: claims replace
 * those before, whole; a refusal ends the session; a provider that is away changes nothing. Rejects when the state is away.
 * @param wasRefused the provider has said no to this session once already; a second time is believed
 */
export async function refreshSession(
  parts: RefreshSessionParts,
  id: SessionId,
  wasRefused: boolean,
): Promise<RefreshResult> {
  const before = await dueSession(parts, id);
  if (before.outcome !== 'due') return before;
  const giveBack = await parts.leases.take(id, before.provider.id);
  if (giveBack === undefined) return { outcome: 'busy' };
  try {
    // Whoever had the lease a moment ago may have done it.
    const due = await dueSession(parts, id);
    return due.outcome === 'due' ? await refreshNow(parts, due.session, due.provider, wasRefused) : due;
  } finally {
    await giveBack();
  }
}

type Due =
  | Extract<RefreshResult, { outcome: 'nothing' | 'fresh' }>
  | { readonly outcome: 'due'; readonly session: Session; readonly provider: IdentityProvider };

async function dueSession({ sessions, snapshot, now }: RefreshSessionParts, id: SessionId): Promise<Due> {
  const session = await sessions.find(id);
  const provider = session && snapshot().providers.get(session.person.providerId);
  if (session === undefined || provider?.refreshMs === undefined) return { outcome: 'nothing' };
  const { asOfMs } = session.person;
  const nowMs = now();
  // Claims from the future are of before a clock was set back: nobody knows how old they are.
  const isFresh = asOfMs <= nowMs && nowMs < asOfMs + provider.refreshMs * earliestShare;
  return isFresh ? { outcome: 'fresh', asOfMs, provider } : { outcome: 'due', session, provider };
}

async function refreshNow(
  parts: RefreshSessionParts,
  session: Session,
  provider: IdentityProvider,
  wasRefused: boolean,
): Promise<RefreshResult> {
  const { grants, now } = parts;
  // As of when it was asked: what a sign-in brings meanwhile is newer.
  const asOfMs = Math.max(now(), session.person.asOfMs);
  const grant = await grants.find(session.id);
  if (grant === undefined || !isOf(grant, provider)) return { outcome: 'impossible', provider };
  const reachable = await parts.providers.reach(provider).catch(() => undefined);
  if (reachable === undefined) {
    return { outcome: 'away', errorCode: 'discovery', retryAfterMs: undefined, provider };
  }
  const keep = (tokens: Parameters<ProviderGrants['renew']>[2]) => grants.renew(session, grant, tokens);
  const reading = await readClaimsAgain(provider, reachable, grant, keep, now);
  if (reading.outcome === 'ended') {
    const known = await grants.find(session.id);
    // A sign-in brought another token while the old one was being asked with.
    const isReplaced =
      known !== undefined && known.refreshToken !== grant.refreshToken && known.accessToken !== grant.accessToken;
    if (isReplaced && reading.errorCode === 'invalid_grant') return { outcome: 'busy' };
    await endSession(parts, session, provider, reading.errorCode);
    return { ...reading, provider };
  }
  if (reading.outcome === 'refused' && reading.isNo && wasRefused) {
    await endSession(parts, session, provider, reading.errorCode);
    return { outcome: 'ended', errorCode: reading.errorCode, provider };
  }
  if (reading.outcome !== 'read') return { ...reading, provider };
  let person: Session['person'];
  try {
    person = readPerson(provider, reading.claims, asOfMs);
  } catch (thrown) {
    return { outcome: 'refused', errorCode: toFault(thrown).code, isNo: false, provider };
  }
  if (!isSamePerson(person, session.person)) {
    return { outcome: 'refused', errorCode: 'another_subject', isNo: false, provider };
  }
  try {
    // No proof: acr, amr and the times of proof stay as they are (security-rules.md 4).
    const renewed = await parts.sessions.renewPerson(session.id, person);
    await recordChange(parts, session, renewed, provider);
    return { outcome: 'success', asOfMs: renewed.person.asOfMs, provider };
  } catch (thrown) {
    // It ended meanwhile, or a flood of writes was faster; the next look tells.
    if (toFault(thrown).code === 'state_conflict') return { outcome: 'busy' };
    throw thrown;
  }
}

async function endSession(
  parts: RefreshSessionParts,
  session: Session,
  provider: IdentityProvider,
  errorCode: string,
): Promise<void> {
  if (!(await parts.sessions.end(session.id, 'idp_logout'))) return;
  const detail = { cause: 'claims_refresh_refused', provider: provider.id, error: errorCode };
  await parts.audit.recordDurably(eventOf(parts, 'session_ended', session, detail));
}

/** A change of groups or address decides what opens. */
async function recordChange(
  parts: RefreshSessionParts,
  { person: before }: Session,
  session: Session,
  provider: IdentityProvider,
): Promise<void> {
  const { person: after } = session;
  const added = missingIn(after.groups, before.groups);
  const removed = missingIn(before.groups, after.groups);
  const isKnownChanged = (before.groups === undefined) !== (after.groups === undefined);
  const isEmailChanged = before.email !== after.email || before.isEmailVerified !== after.isEmailVerified;
  if (added.length + removed.length === 0 && !isKnownChanged && !isEmailChanged) return;
  const detail = {
    provider: provider.id,
    groups_added: added.slice(0, mostGroupsRecorded),
    groups_removed: removed.slice(0, mostGroupsRecorded),
    groups_known: after.groups !== undefined,
    email_changed: isEmailChanged,
  };
  await parts.audit.recordDurably(eventOf(parts, 'claims_changed', session, detail));
}

function missingIn(these: readonly string[] | undefined, others: readonly string[] | undefined): readonly string[] {
  const known = new Set(others);
  return (these ?? []).filter((group) => !known.has(group));
}

function eventOf(
  { now, nextDecisionId, snapshot }: RefreshSessionParts,
  type: ActivityEvent['type'],
  { id, person }: Session,
  detail: ActivityEvent['detail'],
): ActivityEvent {
  const atMs = now();
  return {
    type,
    atMs,
    decisionId: nextDecisionId(atMs),
    config: configurationName(snapshot()),
    result: 'success',
    reason: undefined,
    sessionId: id,
    subject: { issuer: person.issuer, subject: person.subject, email: person.email },
    address: undefined,
    detail,
  };
}
