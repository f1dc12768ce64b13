import type { Facts } from '../decision/facts.ts';
import { claimsReadBy } from '../policy/claims-read.ts';
import { conditionsOf } from '../policy/conditions/conditions-of-rule.ts';
import { findClaim } from '../policy/find-claim.ts';
import type { RoutePolicy } from '../policy/rule.ts';

/** What a question says nothing about, of what the route could go by. */
export function notGiven(facts: Facts, policy: RoutePolicy): readonly string[] {
  const { person, service, authentication, device, risk, request } = facts;
  const readsTime = rulesOf(policy)
    .flatMap(conditionsOf)
    .some(({ condition, value }) => condition.situations?.(value, request.nowMs).isTimed === true);
  if (service !== undefined) return request.address === undefined ? ['network'] : [];
  return [
    ...(person?.email === undefined ? ['user'] : []),
    ...(person?.groups === undefined ? ['groups'] : []),
    ...(device === undefined ? ['device'] : unknownPostures(facts, policy).map((name) => `posture ${name}`)),
    ...(authentication === undefined ? ['auth'] : []),
    ...(request.address === undefined ? ['network'] : []),
    ...(risk === undefined ? ['risk'] : []),
    ...unknownClaims(facts, policy).map((claim) => `claim ${claim}`),
    ...(readsTime && request.isTimeAssumed === true ? ['now'] : []),
  ];
}

const words: Readonly<Record<string, string>> = {
  provider: 'the identity provider (--provider)',
  groups: 'the groups (--groups)',
  emails: 'the address (--user)',
  domains: 'the address (--user)',
  networks: 'the network (--network or --ip)',
  hours: 'the time (--now)',
  when: 'what the condition in when reads',
  auth: 'when which method was proved (--auth)',
  risk: 'the risk score (--risk)',
  rollout: 'who it is, for a staged rule (--user)',
};

/** What an answer depends on, in words, each with the flag that says it. */
export function describeOpen(keys: readonly string[], policy: RoutePolicy, facts: Facts): readonly string[] {
  const said = keys.flatMap((key) => {
    switch (key) {
      case 'claims':
        return unknownClaims(facts, policy).map((claim) => `the claim ${claim} (--claim)`);
      case 'device':
      case 'device_fails':
        return unknownPostures(facts, policy).map((posture) => `the posture ${posture} (--posture)`);
      default:
        return [words[key] ?? key];
    }
  });
  return [...new Set(said)];
}

function rulesOf({ grants, denials }: RoutePolicy) {
  return [...grants, ...grants.flatMap(({ segment }) => (segment === undefined ? [] : [segment.keys])), ...denials];
}

function unknownClaims({ person }: Facts, policy: RoutePolicy): readonly string[] {
  return claimsReadBy(policy).filter((claim) => findClaim(person?.claims ?? {}, claim) === undefined);
}

function unknownPostures({ device }: Facts, policy: RoutePolicy): readonly string[] {
  const read = rulesOf(policy)
    .flatMap(conditionsOf)
    .flatMap(({ condition, value }) => condition.postureRead?.(value) ?? []);
  return [...new Set(read)].filter((posture) => !Object.hasOwn(device?.postures ?? {}, posture));
}
