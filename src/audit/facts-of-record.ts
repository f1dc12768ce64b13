import { z } from 'zod';
import { authenticationMethods, type CheckResult } from '../decision/decision.ts';
import type { ClaimValue, Facts, PostureFacts } from '../policy/facts.ts';
import type { RecordedEvent } from './audit-event.ts';

/** A decision as the trail holds it: what was asked, what was known, what was answered. */
export interface RecordedDecision {
  readonly route: string;
  readonly host: string;
  readonly client: string;
  /** First 12 hex digits of the configuration that decided. */
  readonly config: string;
  readonly outcome: 'allow' | 'sign_in' | 'step_up' | 'deny';
  readonly reason: string;
  /** True when rules were asked: not for preflights, upgrades that the route does not take, and outages. */
  readonly isByRules: boolean;
  /** The claims that the rules of then named; of the person's others the record says nothing. */
  readonly claimsRead: readonly string[];
  readonly facts: Facts;
}

export type DecodedDecision =
  | { readonly outcome: 'decision'; readonly decision: RecordedDecision }
  /** `why` completes "not comparable: ". */
  | { readonly outcome: 'not_comparable'; readonly why: string };

const check = z.object({
  check: z.string(),
  result: z.enum(['pass', 'fail', 'unknown', 'stale']),
  value: z.union([z.string(), z.number(), z.boolean()]).optional(),
  source: z.string().optional(),
  as_of_ms: z.number().optional(),
});
const claimValue: z.ZodType<ClaimValue> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(claimValue), z.record(z.string(), claimValue)]),
);
const provenance = { source: z.string(), as_of_ms: z.number() };
const facts = z.object({
  request: z.object({ ...provenance, address: z.string() }),
  person: z
    .looseObject({
      ...provenance,
      session_id: z.string(),
      provider: z.string(),
      issuer: z.string(),
      subject: z.string(),
      name: z.string().optional(),
      email: z.string().optional(),
      email_verified: z.boolean(),
      groups: z.array(z.string()).optional(),
      claims_read: z.array(z.string()).optional(),
      claims: z.record(z.string(), claimValue).optional(),
    })
    .optional(),
  service: z.object({ ...provenance, service_id: z.string(), proved_by: z.enum(['token', 'certificate']) }).optional(),
  authentication: z.object({ proved_at_ms: z.partialRecord(z.enum(authenticationMethods), z.number()) }).optional(),
  device: z
    .object({
      ...provenance,
      device_id: z.string(),
      postures: z.record(
        z.string(),
        z.object({
          result: z.enum(['pass', 'warned', 'fail', 'stale', 'unknown', 'unavailable']),
          checks: z.array(check),
          warned_since_ms: z.number().optional(),
          warned_until_ms: z.number().optional(),
        }),
      ),
    })
    .optional(),
  risk: z
    .object({
      ...provenance,
      score: z.number(),
      points: z.array(
        z.object({
          signal: z.string(),
          points: z.number(),
          since_ms: z.number(),
          detail: z.string(),
          reported_points: z.number().optional(),
          answered_by: z.literal('nothing').optional(),
        }),
      ),
      score_after_proof: z.number().optional(),
      reported_score: z.number().optional(),
    })
    .optional(),
});
const decisionEvent = z.object({
  type: z.literal('decision'),
  config: z.string(),
  outcome: z.enum(['allow', 'sign_in', 'step_up', 'deny']),
  reason: z.string(),
  route: z.string(),
  host: z.string(),
  method: z.string(),
  path: z.string(),
  client: z.string(),
  rules: z.array(z.unknown()),
  facts,
});

type StoredFacts = z.infer<typeof facts>;

/**
 * Reads a recorded decision back (the reverse of encode-event.ts): evaluated with the rules that decided, its facts
 * give the recorded answer. What the trail of a later or damaged Postern says is not guessed at.
 */
export function factsOfRecord(event: RecordedEvent['event']): DecodedDecision {
  const parsed = decisionEvent.safeParse(event);
  if (!parsed.success) return { outcome: 'not_comparable', why: 'the record is not in the form of this Postern' };
  const { data } = parsed;
  return {
    outcome: 'decision',
    decision: {
      route: data.route,
      host: data.host,
      client: data.client,
      config: data.config,
      outcome: data.outcome,
      reason: data.reason,
      isByRules: isByRules(data),
      claimsRead: data.facts.person?.claims_read ?? [],
      facts: toFacts(data.facts, data.method, data.path),
    },
  };
}

const noRuleAsked = new Set([
  'account_locked',
  'preflight',
  'origin_not_allowed',
  'websocket_not_allowed',
  'state_unavailable',
  'audit_unavailable',
]);

/** A failed judge gathers no facts: its `policy_error` has no rules, unlike one that a broken condition caused. */
function isByRules({ reason, rules }: { readonly reason: string; readonly rules: readonly unknown[] }): boolean {
  return !noRuleAsked.has(reason) && !(reason === 'policy_error' && rules.length === 0);
}

function toFacts(
  { request, person, service, authentication, device, risk }: StoredFacts,
  method: string,
  path: string,
): Facts {
  return {
    request: { method, path, address: request.address, nowMs: request.as_of_ms },
    person: person && {
      source: person.source,
      asOfMs: person.as_of_ms,
      sessionId: person.session_id,
      providerId: person.provider,
      issuer: person.issuer,
      subject: person.subject,
      name: person.name,
      email: person.email,
      isEmailVerified: person.email_verified,
      groups: person.groups,
      claims: person.claims,
    },
    ...(service === undefined
      ? {}
      : {
          service: {
            source: service.source,
            asOfMs: service.as_of_ms,
            serviceId: service.service_id,
            provedBy: service.proved_by,
          },
        }),
    authentication: authentication && { provedAtMs: withoutAbsent(authentication.proved_at_ms) },
    device: device && {
      source: device.source,
      asOfMs: device.as_of_ms,
      deviceId: device.device_id,
      postures: Object.fromEntries(
        Object.entries(device.postures).map(
          ([posture, { result, checks, warned_since_ms, warned_until_ms }]): [string, PostureFacts] => [
            posture,
            {
              posture,
              result,
              checks: checks.map(toCheck),
              ...(warned_since_ms === undefined ? {} : { warnedSinceMs: warned_since_ms }),
              ...(warned_until_ms === undefined ? {} : { warnedUntilMs: warned_until_ms }),
            },
          ],
        ),
      ),
    },
    risk: risk && {
      source: risk.source,
      asOfMs: risk.as_of_ms,
      score: risk.score,
      points: risk.points.map(({ signal, points, since_ms, detail, reported_points, answered_by }) => ({
        signal,
        points,
        sinceMs: since_ms,
        detail,
        ...(reported_points === undefined ? {} : { reportedPoints: reported_points }),
        ...(answered_by === undefined ? {} : { answeredBy: answered_by }),
      })),
      ...(risk.score_after_proof === undefined ? {} : { scoreAfterProof: risk.score_after_proof }),
      ...(risk.reported_score === undefined ? {} : { reportedScore: risk.reported_score }),
    },
  };
}

type ProofTimes = NonNullable<Facts['authentication']>['provedAtMs'];

function withoutAbsent(times: { readonly [Method in keyof ProofTimes]: ProofTimes[Method] | undefined }): ProofTimes {
  const { password, otp, passkey } = times;
  return {
    ...(password === undefined ? {} : { password }),
    ...(otp === undefined ? {} : { otp }),
    ...(passkey === undefined ? {} : { passkey }),
  };
}

function toCheck({ check: name, result, value, source, as_of_ms }: z.infer<typeof check>): CheckResult {
  return {
    check: name,
    result,
    ...(value === undefined ? {} : { value }),
    ...(source === undefined ? {} : { source }),
    ...(as_of_ms === undefined ? {} : { asOfMs: as_of_ms }),
  };
}
