import type { CheckResult } from '../../decision/decision.ts';
import type {
  ClaimFacts,
  ClaimValue,
  DeviceFacts,
  Facts,
  PersonFacts,
  PostureFacts,
  ServiceFacts,
} from '../../decision/facts.ts';
import { type Posture, type Snapshot, servicesOf } from '../snapshot.ts';
import type { Given } from './policy-test.ts';

/** A request that nobody has made. */
export interface AskedRequest {
  readonly method: string;
  /** Canonical. */
  readonly path: string;
}

const source = 'given';

/**
 * Turns what is given into facts. What is given is known; what is not given is unknown, so that a yes that comes out
 * holds whatever the rest turns out to be. An address in `user` or `email` counts as verified unless `email_verified`
 * says otherwise. With one provider it is that one. Ages count back from `now`, or from `nowMs` where no time is given.
 */
export function factsOfGiven(given: Given, request: AskedRequest, snapshot: Snapshot, nowMs: number): Facts {
  const atMs = given.now ?? nowMs;
  const address =
    given.address ?? (given.network === undefined ? undefined : snapshot.networks?.get(given.network)?.address);
  return {
    request: { ...request, address, nowMs: atMs, isTimeAssumed: given.now === undefined },
    ...(given.service === undefined
      ? { person: personOf(given, snapshot, atMs) }
      : { person: undefined, service: serviceOf(given.service, snapshot, atMs) }),
    authentication:
      given.auth === undefined
        ? undefined
        : {
            provedAtMs: Object.fromEntries(
              Object.entries(given.auth).flatMap(([method, ageMs]) =>
                ageMs === undefined ? [] : [[method, atMs - ageMs]],
              ),
            ),
          },
    device: Object.keys(given.device ?? {}).length === 0 ? undefined : deviceOf(given.device ?? {}, snapshot, atMs),
    risk:
      given.risk === undefined
        ? undefined
        : {
            source,
            asOfMs: atMs,
            score: given.risk,
            points: given.risk === 0 ? [] : [{ signal: source, points: given.risk, sinceMs: atMs, detail: 'as given' }],
          },
  };
}

function serviceOf(serviceId: string, snapshot: Snapshot, asOfMs: number): ServiceFacts {
  const provedBy = servicesOf(snapshot).find(({ id }) => id === serviceId)?.credential ?? 'token';
  return { source, asOfMs, serviceId, provedBy };
}

function personOf(given: Given, { providers }: Snapshot, asOfMs: number): PersonFacts {
  const only = providers.size === 1 ? [...providers.keys()][0] : undefined;
  const providerId = given.provider ?? only ?? '';
  const email = given.email ?? given.user;
  return {
    source,
    asOfMs,
    sessionId: '',
    providerId,
    issuer: providers.get(providerId)?.issuer ?? '',
    subject: email ?? '',
    name: undefined,
    email,
    isEmailVerified: email !== undefined && given.email_verified,
    groups: given.groups,
    claims: given.claims && withNested(given.claims),
    mayHaveOtherClaims: true,
  };
}

/** `address.country` stands for a claim of that name, and for what a claim `address` holds: rules may read it either way. */
function withNested(claims: ClaimFacts): ClaimFacts {
  const all: Record<string, ClaimValue> = { ...claims };
  for (const [name, value] of Object.entries(claims)) {
    const [head = '', ...rest] = name.split('.');
    const known = Object.hasOwn(all, head) ? all[head] : undefined;
    if (rest.length === 0 || rest.includes('') || name.includes('/') || (known !== undefined && !isObject(known)))
      continue;
    all[head] = nest(known ?? {}, rest, value);
  }
  return all;
}

function nest(into: ClaimFacts, [key = '', ...rest]: readonly string[], value: ClaimValue): ClaimFacts {
  if (rest.length === 0) return { ...into, [key]: value };
  const known = Object.hasOwn(into, key) ? into[key] : undefined;
  return { ...into, [key]: nest(isObject(known) ? known : {}, rest, value) };
}

function isObject(value: ClaimValue | undefined): value is ClaimFacts {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function deviceOf(device: NonNullable<Given['device']>, { postures }: Snapshot, asOfMs: number): DeviceFacts {
  const judged = Object.entries(device).map(([name, state]): [string, PostureFacts] => {
    const posture = postures.get(name);
    const failing = state === 'pass' ? [] : state.fail;
    const judged: PostureFacts = {
      posture: name,
      result: state === 'pass' ? 'pass' : 'fail',
      checks: checksOf(posture, failing, asOfMs),
    };
    if (state === 'pass' || posture?.warnForMs === undefined) return [name, judged];
    const warnedSinceMs = asOfMs - (state.warned ?? 0);
    const warnedUntilMs = warnedSinceMs + posture.warnForMs;
    return [name, { ...judged, result: asOfMs < warnedUntilMs ? 'warned' : 'fail', warnedSinceMs, warnedUntilMs }];
  });
  return { source, asOfMs, deviceId: '', postures: Object.fromEntries(judged) };
}

function checksOf(posture: Posture | undefined, failing: readonly string[], asOfMs: number): readonly CheckResult[] {
  return (posture?.require ?? []).map((requirement) => {
    const result = failing.includes(requirement.check) ? 'fail' : 'pass';
    return {
      check: requirement.source,
      result,
      source,
      asOfMs,
      ...(requirement.operator === 'is_true' ? { value: result === 'pass' } : {}),
    };
  });
}
