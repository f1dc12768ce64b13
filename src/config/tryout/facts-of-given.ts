import type { CheckResult } from '../../decision/decision.ts';
import type { DeviceFacts, Facts, PersonFacts, PostureFacts } from '../../policy/facts.ts';
import type { Posture, Snapshot } from '../snapshot.ts';
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
    person: personOf(given, snapshot, atMs),
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
    device: given.device === undefined ? undefined : deviceOf(given.device, snapshot, atMs),
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
    claims: given.claims,
  };
}

function deviceOf(device: NonNullable<Given['device']>, { postures }: Snapshot, asOfMs: number): DeviceFacts {
  const judged = Object.entries(device).map(([name, state]): [string, PostureFacts] => {
    const failing = state === 'pass' ? [] : state.fail;
    return [
      name,
      {
        posture: name,
        result: state === 'pass' ? 'pass' : 'fail',
        checks: checksOf(postures.get(name), failing, asOfMs),
      },
    ];
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
