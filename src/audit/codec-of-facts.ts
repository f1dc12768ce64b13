import { isRecord } from '../config/is-record.ts';
import { authenticationMethods, type CheckResult } from '../decision/decision.ts';
import type {
  AuthenticationFacts,
  ClaimFacts,
  DeviceFacts,
  Facts,
  PersonFacts,
  PostureFacts,
  RiskFacts,
  RiskPoint,
  ServiceFacts,
} from '../decision/facts.ts';
import { pickClaims } from '../policy/find-claim.ts';
import {
  type Codec,
  count,
  encodeOnce,
  type Fields,
  flag,
  listOf,
  objectOf,
  oneOf,
  optional,
  quoteTree,
  required,
  scalar,
  tableBy,
  text,
  unwritten,
} from './codec.ts';

/** The facts of a record, and which claims were asked for. Method and path stand beside them in the event. */
export interface FactsRead {
  readonly facts: Omit<Facts, 'request'> & { readonly request: Pick<Facts['request'], 'address' | 'nowMs'> };
  /** Of other claims of the person the record says nothing. */
  readonly claimsRead: readonly string[];
}

const provenance = { source: required('source', text), asOfMs: required('as_of_ms', count) } as const;

/** The checks of a posture, here and beside a denial. */
export const checksCodec = listOf(
  objectOf<CheckResult>({
    check: required('check', text),
    result: required('result', oneOf(['pass', 'fail', 'unknown', 'stale'])),
    value: optional('value', scalar),
    source: optional('source', text),
    asOfMs: optional('as_of_ms', count),
    // A link for the person, from the configuration.
    helpUrl: unwritten,
  }),
);

const requestCodec = objectOf<Pick<Facts['request'], 'address' | 'nowMs'>>(
  { nowMs: required('as_of_ms', count), address: optional('address', text) },
  { source: 'connection' },
);

/** Hundreds of texts are quoted as fast as one. */
const textsCodec: Codec<readonly string[]> = { ...listOf(text), encode: quoteTree };

// The claims come behind it: which of them are written depends on the route.
const personCodec = objectOf<PersonFacts>({
  ...provenance,
  sessionId: required('session_id', text),
  providerId: required('provider', text),
  issuer: required('issuer', text),
  subject: required('subject', text),
  name: optional('name', text),
  email: optional('email', text),
  isEmailVerified: required('email_verified', flag),
  groups: optional('groups', textsCodec),
  claims: unwritten,
  // Only questions about requests that nobody has made have it.
  mayHaveOtherClaims: unwritten,
});

const serviceCodec = objectOf<ServiceFacts>({
  ...provenance,
  serviceId: required('service_id', text),
  provedBy: required('proved_by', oneOf(['token', 'certificate'])),
});

type ProofTimes = AuthenticationFacts['provedAtMs'];

const proofTimesCodec = objectOf<ProofTimes>(
  Object.fromEntries(authenticationMethods.map((method) => [method, optional(method, count)])) as Fields<ProofTimes>,
);
const encodeProofTimes = encodeOnce(proofTimesCodec.encode);

const authenticationCodec = objectOf<AuthenticationFacts>(
  { provedAtMs: required('proved_at_ms', { ...proofTimesCodec, encode: encodeProofTimes }) },
  { source: 'session' },
);

const deviceCodec = objectOf<DeviceFacts>({
  ...provenance,
  deviceId: required('device_id', text),
  postures: required(
    'postures',
    tableBy<'posture', PostureFacts>('posture', {
      result: required('result', oneOf(['pass', 'warned', 'fail', 'stale', 'unknown', 'unavailable'])),
      checks: required('checks', checksCodec),
      warnedSinceMs: optional('warned_since_ms', count),
      warnedUntilMs: optional('warned_until_ms', count),
    }),
  ),
});

const riskCodec = objectOf<RiskFacts>({
  ...provenance,
  score: required('score', count),
  points: required(
    'points',
    listOf(
      objectOf<RiskPoint>({
        signal: required('signal', text),
        points: required('points', count),
        sinceMs: required('since_ms', count),
        detail: required('detail', text),
        reportedPoints: optional('reported_points', count),
        answeredBy: optional('answered_by', oneOf(['nothing'])),
      }),
    ),
  ),
  scoreAfterProof: optional('score_after_proof', count),
  reportedScore: optional('reported_score', count),
});

/** A person, and the claims of theirs that the route's rules name: no others are written down. */
interface PersonRead {
  readonly person: PersonFacts;
  readonly claimsRead: readonly string[];
}

// The judge answers the same object for the same session. The brace stays open for the claims.
const encodePerson = encodeOnce((person: PersonFacts) => personCodec.encode(person).slice(0, -1));
const knownClaims = new WeakMap<PersonFacts, { readonly names: readonly string[]; readonly text: string }>();

/** `claims_read` tells an absent claim from one that nobody asked for. */
function encodeClaims(person: PersonFacts, names: readonly string[]): string {
  if (names.length === 0) return '';
  const known = knownClaims.get(person);
  if (known?.names === names) return known.text;
  const picked = person.claims === undefined ? '' : `,"claims":${quoteTree(pickClaims(person.claims, names))}`;
  const joined = `,"claims_read":${quoteTree(names)}${picked}`;
  knownClaims.set(person, { names, text: joined });
  return joined;
}

const personReadCodec: Codec<PersonRead> = {
  encode: ({ person, claimsRead }) => `${encodePerson(person)}${encodeClaims(person, claimsRead)}}`,
  decode(json) {
    if (!isRecord(json)) return undefined;
    const { claims_read: names = [], claims, ...others } = json;
    const person = personCodec.decode(others);
    const claimsRead = listOf(text).decode(names);
    if (person === undefined || claimsRead === undefined) return undefined;
    if (claims === undefined) return { person, claimsRead };
    // Parsed JSON is what a claim may be.
    return isRecord(claims) ? { person: { ...person, claims: claims as ClaimFacts }, claimsRead } : undefined;
  },
};

type Written = Omit<FactsRead['facts'], 'person'> & { readonly person: PersonRead | undefined };
type Common = Pick<Written, 'person' | 'service' | 'authentication' | 'device'>;
type Own = Pick<Written, 'request' | 'risk'>;

const commonFields: Fields<Common> = {
  person: optional('person', personReadCodec),
  service: optional('service', serviceCodec),
  authentication: optional('authentication', authenticationCodec),
  device: optional('device', deviceCodec),
};
const requestField = required('request', requestCodec);
const riskField = optional('risk', riskCodec);
const factsCodec = objectOf<Written>({ request: requestField, ...commonFields, risk: riskField });
const ownCodec = objectOf<Own>({ request: requestField, risk: riskField });
const commonCodec = objectOf<Common>(commonFields);

const noClaims: readonly string[] = [];

/** @param claimsRead names of the claims that the route's rules read */
export function encodeFacts(facts: Facts, claimsRead: readonly string[] = noClaims): string {
  const { person } = facts;
  return factsCodec.encode({ ...facts, person: person && { person, claimsRead } });
}

/** The facts that are the request's own. */
export function encodeOwnFacts({ request, risk }: Facts): string {
  return ownCodec.encode({ request, risk });
}

/** The others: what one request has in common with the next. */
export function encodeCommonFacts(
  { person, service, authentication, device }: Omit<Facts, 'request' | 'risk'>,
  claimsRead: readonly string[] = noClaims,
): string {
  return commonCodec.encode({ person: person && { person, claimsRead }, service, authentication, device });
}

/** Reads what `encodeFacts` wrote; `undefined` when there is anything that it never writes. */
export function decodeFacts(json: unknown): FactsRead | undefined {
  const read = factsCodec.decode(json);
  return read && { facts: { ...read, person: read.person?.person }, claimsRead: read.person?.claimsRead ?? noClaims };
}
