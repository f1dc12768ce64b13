import fc from 'fast-check';
import { type AuthenticationMethod, authenticationMethods, type CheckResult } from '../../src/decision/decision.ts';
import type {
  ClaimFacts,
  ClaimValue,
  DeviceFacts,
  Facts,
  PersonFacts,
  PostureFacts,
  RiskFacts,
  ServiceFacts,
} from '../../src/decision/facts.ts';

// Whatever somebody may be called: also what looks like a part of the form.
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '__proto__', 'constructor', '","x":"', '\u2028', '\ud800', 'as_of_ms'),
);
const anyTime = fc.integer({ min: 0, max: 4_102_444_800_000 });
const anyCount = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);

/** Each key of a fact is named here once more, so that a new one is tried too. */
type Arbitraries<Value> = { readonly [Key in keyof Value]-?: fc.Arbitrary<Exclude<Value[Key], undefined>> };

/** All keys, those that can be absent only sometimes. */
function someOf<Value>(keys: Arbitraries<Value>, requiredKeys: readonly (keyof Value)[]): fc.Arbitrary<Value> {
  return fc.record<Record<string, unknown>>(keys, {
    requiredKeys: [...requiredKeys] as string[],
  }) as fc.Arbitrary<Value>;
}

const check = someOf<Omit<CheckResult, 'helpUrl'>>(
  {
    check: anyText,
    result: fc.constantFrom('pass', 'fail', 'unknown', 'stale'),
    value: fc.oneof(anyText, anyCount, fc.boolean()),
    source: anyText,
    asOfMs: anyTime,
  },
  ['check', 'result'],
);

const posture = someOf<PostureFacts>(
  {
    posture: anyText,
    result: fc.constantFrom('pass', 'warned', 'fail', 'stale', 'unknown', 'unavailable'),
    checks: fc.array(check, { maxLength: 3 }),
    warnedSinceMs: anyTime,
    warnedUntilMs: anyTime,
  },
  ['posture', 'result', 'checks'],
);

const device = someOf<DeviceFacts>(
  {
    source: anyText,
    asOfMs: anyTime,
    deviceId: anyText,
    postures: fc
      .array(posture, { maxLength: 3 })
      .map((list) => Object.fromEntries(list.map((one): [string, PostureFacts] => [one.posture, one]))),
  },
  ['source', 'asOfMs', 'deviceId', 'postures'],
);

const risk = someOf<RiskFacts>(
  {
    source: anyText,
    asOfMs: anyTime,
    score: anyCount,
    points: fc.array(
      someOf<RiskFacts['points'][number]>(
        {
          signal: anyText,
          points: anyCount,
          sinceMs: anyTime,
          detail: anyText,
          reportedPoints: anyCount,
          answeredBy: fc.constant('nothing'),
        },
        ['signal', 'points', 'sinceMs', 'detail'],
      ),
      { maxLength: 3 },
    ),
    scoreAfterProof: anyCount,
    reportedScore: anyCount,
  },
  ['source', 'asOfMs', 'score', 'points'],
);

const claimValue = fc.letrec<{ value: ClaimValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    anyText,
    anyCount,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 2 }),
    fc.dictionary(anyText, tie('value'), { maxKeys: 2 }),
  ),
})).value;

/** Names of claims that a route may ask for. */
export const claimNames = ['department', 'https://corp.example/roles', '__proto__', 'level'] as const;

const claims: fc.Arbitrary<ClaimFacts> = fc
  .array(fc.tuple(fc.constantFrom(...claimNames), claimValue), { maxLength: 4 })
  .map((entries) => Object.fromEntries(entries));

const person = someOf<Omit<PersonFacts, 'mayHaveOtherClaims'>>(
  {
    source: anyText,
    asOfMs: anyTime,
    sessionId: anyText,
    providerId: anyText,
    issuer: anyText,
    subject: anyText,
    name: anyText,
    email: anyText,
    isEmailVerified: fc.boolean(),
    groups: fc.array(anyText, { maxLength: 3 }),
    claims,
  },
  ['source', 'asOfMs', 'sessionId', 'providerId', 'issuer', 'subject', 'isEmailVerified'],
) as fc.Arbitrary<PersonFacts>;

const service = someOf<ServiceFacts>(
  { source: anyText, asOfMs: anyTime, serviceId: anyText, provedBy: fc.constantFrom('token', 'certificate') },
  ['source', 'asOfMs', 'serviceId', 'provedBy'],
);

const provedAtMs = someOf<Partial<Record<AuthenticationMethod, number>>>(
  Object.fromEntries(authenticationMethods.map((method) => [method, anyTime])) as Arbitraries<
    Record<AuthenticationMethod, number>
  >,
  [],
);

/** Facts of every kind, with every key, whatever they mean together. */
export const everyKindOfFacts: fc.Arbitrary<Facts> = someOf<Facts>(
  {
    request: fc.record({
      method: fc.constantFrom('GET', 'POST'),
      path: fc.constantFrom('/', '/reports/2026'),
      address: fc.option(anyText, { nil: undefined }),
      nowMs: anyTime,
    }),
    person,
    service,
    authentication: fc.record({ provedAtMs }),
    device,
    risk,
  },
  ['request'],
);
