import { z } from 'zod';
import { authenticationMethods } from '../decision/decision.ts';
import type { ClaimValue } from '../decision/facts.ts';
import { parseRecord } from '../state/parse-record.ts';
import type { RecordWrite, StoredRecord } from '../state/state-store.ts';
import { nameTag, personTag } from '../state/tags.ts';
import type { HostCredential, ProofTimes, ReturnTarget, Session, SessionId } from './session.ts';

const ProofTimesShape = z.partialRecord(z.enum(authenticationMethods), z.number());

/** `undefined` has no place in JSON, so it is kept as null. */
const orNull = <Shape extends z.ZodType>(shape: Shape) => shape.nullable();

const ClaimShape: z.ZodType<ClaimValue> = z.json();

const SessionShape = z.strictObject({
  person: z.strictObject({
    providerId: z.string(),
    issuer: z.string(),
    subject: z.string(),
    name: orNull(z.string()),
    email: orNull(z.string()),
    isEmailVerified: z.boolean(),
    groups: orNull(z.array(z.string())),
    // Absent from sessions of before claims were kept: unknown to rules until the next sign-in.
    claims: z.record(z.string(), ClaimShape).optional(),
    source: z.string(),
    asOfMs: z.number(),
  }),
  provedAtMs: ProofTimesShape,
  acr: orNull(z.string()),
  amr: z.array(z.string()),
  signedInAtMs: z.number(),
  expiresAtMs: z.number(),
  deviceFingerprint: orNull(z.string()),
  signedInFrom: z.strictObject({ address: z.string(), userAgent: orNull(z.string()) }),
  // Taken apart where that loses nothing: what it says of the person then packs well.
  idToken: z.union([z.string(), z.tuple([z.string(), z.string(), z.string()])]),
  singleSignOnKey: z.string().optional(),
});

const TargetShape = z.strictObject({
  host: z.string(),
  origin: z.string(),
  path: z.string(),
  attemptHash: z.string(),
  cameFrom: z.string().optional(),
  way: z.enum(['open', 'past_worker']).optional(),
});
const CredentialShape = z.strictObject({
  sessionId: z.string(),
  host: z.string(),
  mintedAtMs: z.number(),
  provedAtMs: ProofTimesShape,
  browserKeyId: z.string().optional(),
});
const TicketShape = z.strictObject({
  sessionId: z.string(),
  provedAtMs: ProofTimesShape,
  browserKeyId: z.string().optional(),
  target: TargetShape,
});
const TargetRecordShape = z.strictObject({ target: TargetShape, savedAtMs: z.number() });
/** The object is how it was written first. */
const LastSeenShape = z.union([z.number(), z.strictObject({ atMs: z.number() })]);
const SubjectShape = z.strictObject({ revokedAtMs: orNull(z.number()) });

/** What a one-time ticket stands for. The times are fixed here, so that a step-up after it raises nothing (security-rules.md 3). */
export interface Ticket {
  readonly sessionId: SessionId;
  readonly provedAtMs: ProofTimes;
  /** The key that proved the browser; absent: none did. */
  readonly browserKeyId?: string | undefined;
  readonly target: ReturnTarget;
}

/** The one place where text becomes a session id: keys of session records, and new ids. */
export const asSessionId = (text: string): SessionId => text as SessionId;

function toProofTimes(stored: z.infer<typeof ProofTimesShape>): ProofTimes {
  const times: { -readonly [Method in keyof ProofTimes]: ProofTimes[Method] } = {};
  for (const method of authenticationMethods) {
    const atMs = stored[method];
    if (atMs !== undefined) times[method] = atMs;
  }
  return times;
}

export function encodeSession(session: Omit<Session, 'id' | 'version'>): string {
  const { person, signedInFrom } = session;
  const stored: z.infer<typeof SessionShape> = {
    person: {
      providerId: person.providerId,
      issuer: person.issuer,
      subject: person.subject,
      name: person.name ?? null,
      email: person.email ?? null,
      isEmailVerified: person.isEmailVerified,
      groups: person.groups === undefined ? null : [...person.groups],
      ...(person.claims === undefined ? {} : { claims: person.claims }),
      source: person.source,
      asOfMs: person.asOfMs,
    },
    provedAtMs: session.provedAtMs,
    acr: session.acr ?? null,
    amr: [...session.amr],
    signedInAtMs: session.signedInAtMs,
    expiresAtMs: session.expiresAtMs,
    deviceFingerprint: session.deviceFingerprint ?? null,
    signedInFrom: { address: signedInFrom.address, userAgent: signedInFrom.userAgent ?? null },
    idToken: splitToken(session.idToken),
    ...(session.singleSignOnKey === undefined ? {} : { singleSignOnKey: session.singleSignOnKey }),
  };
  return JSON.stringify(stored);
}

/** By what a session is found and counted, beside its id: by its person, and by the e-mail address. */
export function sessionMarks({ person }: Pick<Session, 'person'>): Pick<RecordWrite, 'tags' | 'countedAs'> {
  const tags = [personTag(person), ...(person.email === undefined ? [] : [nameTag(person.email)])];
  return { tags, countedAs: person.providerId };
}

export function decodeSession(record: StoredRecord): Session {
  const stored = parseRecord(SessionShape, record);
  const { person, signedInFrom } = stored;
  return {
    ...stored,
    id: asSessionId(record.key),
    version: record.version,
    person: {
      ...person,
      name: person.name ?? undefined,
      email: person.email ?? undefined,
      groups: person.groups ?? undefined,
    },
    provedAtMs: toProofTimes(stored.provedAtMs),
    acr: stored.acr ?? undefined,
    deviceFingerprint: stored.deviceFingerprint ?? undefined,
    signedInFrom: { address: signedInFrom.address, userAgent: signedInFrom.userAgent ?? undefined },
    idToken: typeof stored.idToken === 'string' ? stored.idToken : joinToken(stored.idToken),
  };
}

type SplitToken = [header: string, claims: string, signature: string];

const asBase64Url = (text: string): string => Buffer.from(text).toString('base64url');

function joinToken([header, claims, signature]: SplitToken): string {
  return [asBase64Url(header), asBase64Url(claims), signature].join('.');
}

/** A signed token in its parts, the first two as text; anything that would not come back byte for byte stays as it is. */
function splitToken(token: string): string | SplitToken {
  const [header, claims, signature, ...others] = token.split('.');
  if (header === undefined || claims === undefined || signature === undefined || others.length > 0) return token;
  const parts: SplitToken = [
    Buffer.from(header, 'base64url').toString(),
    Buffer.from(claims, 'base64url').toString(),
    signature,
  ];
  return joinToken(parts) === token ? parts : token;
}

export function encodeCredential({ sessionId, host, mintedAtMs, provedAtMs, browserKeyId }: HostCredential): string {
  return JSON.stringify({ sessionId, host, mintedAtMs, provedAtMs, browserKeyId });
}

export function decodeCredential(record: StoredRecord): HostCredential {
  const stored = parseRecord(CredentialShape, record);
  return { ...stored, sessionId: asSessionId(stored.sessionId), provedAtMs: toProofTimes(stored.provedAtMs) };
}

export function encodeTicket({ sessionId, provedAtMs, browserKeyId, target }: Ticket): string {
  return JSON.stringify({ sessionId, provedAtMs, browserKeyId, target: pickTarget(target) });
}

export function decodeTicket(record: StoredRecord): Ticket {
  const stored = parseRecord(TicketShape, record);
  return { ...stored, sessionId: asSessionId(stored.sessionId), provedAtMs: toProofTimes(stored.provedAtMs) };
}

export function encodeTarget(target: ReturnTarget, savedAtMs: number): string {
  return JSON.stringify({ target: pickTarget(target), savedAtMs });
}

export function decodeTarget(record: StoredRecord): { readonly target: ReturnTarget; readonly savedAtMs: number } {
  return parseRecord(TargetRecordShape, record);
}

export function encodeLastSeen(atMs: number): string {
  return JSON.stringify(atMs);
}

export function decodeLastSeen(record: StoredRecord): number {
  const stored = parseRecord(LastSeenShape, record);
  return typeof stored === 'number' ? stored : stored.atMs;
}

export function encodeSubject(revokedAtMs: number | undefined): string {
  return JSON.stringify({ revokedAtMs: revokedAtMs ?? null });
}

/** When the subject was last revoked; `undefined`: never. */
export function decodeSubject(record: StoredRecord): number | undefined {
  return parseRecord(SubjectShape, record).revokedAtMs ?? undefined;
}

/** A caller's object may carry more than its type says; the record does not. */
function pickTarget({ host, origin, path, attemptHash, cameFrom, way }: ReturnTarget): ReturnTarget {
  return { host, origin, path, attemptHash, cameFrom, way };
}
