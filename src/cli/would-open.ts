import { formatDuration } from '../config/values/duration.ts';
import type { ConditionKey, Decision, RuleResult } from '../decision/decision.ts';
import type { Facts } from '../policy/facts.ts';
import type { Grant, RoutePolicy } from '../policy/rule.ts';

/** What would have to be otherwise for a yes, in words with values: of the denial that closes, otherwise of the grant that comes nearest. */
export function wouldOpen(policy: RoutePolicy, decision: Decision, facts: Facts): readonly string[] {
  if (decision.outcome === 'allow' || decision.outcome === 'sign_in') return [];
  if (decision.outcome === 'deny' && decision.rule?.effect === 'deny')
    return [
      `the denial ${decision.rule.rule} must not apply${decision.rule.verdict === 'unknown' ? ' (that depends on facts that are not given)' : ''}`,
    ];
  const nearest =
    decision.outcome === 'deny' && decision.rule !== undefined
      ? decision.rule
      : decision.trace
          .filter(({ effect }) => effect === 'allow')
          .toSorted((a, b) => obstacles(a).length - obstacles(b).length)[0];
  const grant = policy.grants.find(({ id }) => id === nearest?.rule);
  if (nearest === undefined || grant === undefined) return [];
  return [
    ...new Set(obstacles(nearest).flatMap((key) => holdersOf(key, grant).map((keys) => words(key, keys, facts)))),
  ];
}

type Keys = Omit<Grant, 'segment'>;

/** Who asks for a key: the grant, its segment, or both. */
function holdersOf(key: ConditionKey, grant: Grant): readonly Keys[] {
  if (key === 'device_fails') return [];
  const holders = [grant, ...(grant.segment === undefined ? [] : [grant.segment.keys])];
  const asking = holders.filter((keys) => keys[key] !== undefined);
  return asking.length === 0 ? [grant] : asking;
}

function obstacles({ conditions }: RuleResult): readonly ConditionKey[] {
  return conditions.filter(({ verdict }) => verdict !== 'hit').map(({ key }) => key);
}

function words(key: ConditionKey, grant: Keys, facts: Facts): string {
  switch (key) {
    case 'auth':
      return authWords(grant, facts);
    case 'device':
      return deviceWords(grant.device ?? '', facts);
    case 'groups':
      return `one of the groups ${list(grant.groups)}`;
    case 'emails':
      return `one of the addresses ${list(grant.emails)}`;
    case 'domains':
      return `an address of ${list(grant.domains)}`;
    case 'methods':
      return `method ${list(grant.methods)}`;
    case 'paths':
      return `path ${list(grant.paths?.map(({ source }) => source))}`;
    case 'networks':
      return `network ${list(grant.networks?.names)}`;
    case 'provider':
      return `sign-in with ${grant.provider ?? ''}`;
    case 'hours':
      return `within ${grant.hours?.source ?? 'the hours'}`;
    case 'when':
      return `when ${grant.when?.source ?? 'the condition holds'}`;
    case 'risk':
      return `risk ${grant.risk === undefined ? 'that the levels let pass' : `below ${grant.risk.below}`} (${facts.risk === undefined ? 'not given' : facts.risk.score})`;
    case 'claims':
      return `claims ${list(grant.claims?.map(({ claim }) => claim))}`;
    case 'services':
      return `one of the services ${list(grant.services)}`;
    case 'device_fails':
      return 'the device';
  }
}

function authWords({ auth }: Keys, { authentication, request }: Facts): string {
  const limit = auth?.maxAgeMs === undefined ? [] : [`max_age ${formatDuration(auth.maxAgeMs)}`];
  const proofs = Object.entries(authentication?.provedAtMs ?? {}).map(
    ([method, at]) => `last ${method} ${formatDuration(request.nowMs - at)} ago`,
  );
  const details = [...limit, ...(authentication === undefined ? ['not given'] : proofs)];
  return `${(auth?.methods ?? []).join(' or ')}${details.length === 0 ? '' : ` (${details.join('; ')})`}`;
}

function deviceWords(posture: string, { device }: Facts): string {
  const judged = device !== undefined && Object.hasOwn(device.postures, posture) ? device.postures[posture] : undefined;
  if (judged === undefined) return `posture ${posture} (not given)`;
  const failing = judged.checks.filter(({ result }) => result !== 'pass');
  const checks = failing.map(
    ({ check, value, result }) => `${check} = ${value === undefined ? result : String(value)}`,
  );
  return `posture ${posture}: ${checks.join(', ')}`;
}

function list(values: Iterable<string> | undefined): string {
  return [...(values ?? [])].join(', ');
}
