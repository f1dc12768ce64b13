import type { CheckResult, ConditionKey } from '../../decision/decision.ts';
import type { Facts, PostureFacts } from '../../policy/facts.ts';
import type { Grant } from '../../policy/rule.ts';
import { ageBefore, clockTime } from './recorded-time.ts';

/**
 * The facts that a condition read, in words with values, sources and ages. @param isMet whether it held: of a device that
 * passes all checks are told, of one that does not, those that fail. @param grant the rule, where its configuration is at hand.
 */
export function factsBehind(
  key: ConditionKey,
  facts: Facts,
  isMet: boolean,
  grant: Grant | undefined,
): readonly string[] {
  const { request, person, risk } = facts;
  switch (key) {
    case 'provider':
      return [person === undefined ? nobody : `signed in with ${person.providerId}`];
    case 'groups':
      return [person === undefined ? nobody : `groups ${listed(person.groups)} ${personSource(facts)}`];
    case 'emails':
    case 'domains':
      return [
        person === undefined
          ? nobody
          : `${person.email ?? 'no address'}${person.email !== undefined && !person.isEmailVerified ? ', not verified' : ''} ${personSource(facts)}`,
      ];
    case 'methods':
      return [`method ${request.method}`];
    case 'paths':
      return [`path ${request.path}`];
    case 'networks':
      return [`address ${request.address ?? 'not known'}`];
    case 'hours':
      return [`asked at ${new Date(request.nowMs).toISOString()}`];
    case 'device':
    case 'device_fails':
      return deviceFacts(facts, key === 'device' ? isMet : !isMet, grant?.device);
    case 'auth':
      return [proofs(facts)];
    case 'risk':
      return risk === undefined ? ['risk not known'] : riskFacts(facts);
    case 'services':
      return [facts.service === undefined ? 'no service' : `service ${facts.service.serviceId}`];
    case 'claims':
      return [claimsText(facts)];
    case 'when':
      return [...(grant?.when === undefined ? [] : [`when ${grant.when.source}`]), claimsText(facts)];
    default:
      return [];
  }
}

const nobody = 'nobody was signed in';

function listed(values: readonly string[] | undefined): string {
  if (values === undefined) return 'not known';
  return values.length === 0 ? 'none' : values.join(', ');
}

const longestValue = 200;

/** The record holds the claims that the rules read, and no others. */
function claimsText(facts: Facts): string {
  const { person } = facts;
  if (person === undefined) return nobody;
  const claims = Object.entries(person.claims ?? {});
  if (claims.length === 0) return `none of the claims ${personSource(facts)}`;
  const told = claims.map(([name, value]) => `${name} = ${JSON.stringify(value).slice(0, longestValue)}`);
  return `claims ${told.join(', ')} ${personSource(facts)}`;
}

function personSource({ person, request }: Facts): string {
  if (person === undefined) return '';
  return `(${person.source}, ${clockTime(person.asOfMs)}, ${ageBefore(person.asOfMs, request.nowMs)})`;
}

function deviceFacts({ device, request }: Facts, isMet: boolean, posture: string | undefined): readonly string[] {
  if (device === undefined) return ['no device certificate'];
  const judged = Object.values(device.postures).filter(
    (one) =>
      (posture === undefined || one.posture === posture) &&
      (posture !== undefined || (one.result === 'pass' || one.result === 'warned') === isMet),
  );
  if (judged.length === 0) return [`device ${device.deviceId}: no posture was judged`];
  return judged.map((one) => postureText(one, isMet, request.nowMs));
}

function postureText(judged: PostureFacts, isMet: boolean, nowMs: number): string {
  const { posture, result, checks, warnedUntilMs } = judged;
  if (result === 'warned' && warnedUntilMs !== undefined) {
    const failing = checks.filter((check) => check.result !== 'pass').map((check) => checkText(check, nowMs));
    return `posture ${posture}: warned until ${new Date(warnedUntilMs).toISOString()}: ${failing.join(', ')}`;
  }
  const told = checks.filter((check) => isMet || check.result !== 'pass');
  if (told.length === 0) return `posture ${posture}: ${result}`;
  return `posture ${posture}: ${told.map((check) => checkText(check, nowMs)).join(', ')}`;
}

function checkText({ check, result, value, source, asOfMs }: CheckResult, nowMs: number): string {
  const seen = value === undefined ? result : `${String(value)}${result === 'stale' ? ', stale' : ''}`;
  if (asOfMs === undefined) return `${check} = ${seen} (never reported)`;
  return `${check} = ${seen} (${source ?? 'source not known'}, reported ${clockTime(asOfMs)}, ${ageBefore(asOfMs, nowMs)})`;
}

function proofs({ authentication, request }: Facts): string {
  if (authentication === undefined) return 'nothing was proved';
  const known = Object.entries(authentication.provedAtMs).map(
    ([method, at]) => `${method} ${clockTime(at)}, ${ageBefore(at, request.nowMs)}`,
  );
  return known.length === 0 ? 'nothing was proved' : `proved: ${known.join('; ')}`;
}

function riskFacts({ risk }: Facts): readonly string[] {
  if (risk === undefined) return [];
  return [
    `risk ${risk.score} (${risk.source}, ${clockTime(risk.asOfMs)})`,
    ...risk.points.map(
      ({ signal, points, sinceMs, detail }) => `  ${points} ${signal}: ${detail} (since ${clockTime(sinceMs)})`,
    ),
  ];
}
