import type { ConditionKey } from '../decision/decision.ts';
import { canonicalDomain, canonicalEmail } from './canonical-email.ts';
import type { Condition } from './condition.ts';
import { authCondition } from './conditions/auth.ts';
import { claimsCondition } from './conditions/claims.ts';
import { deviceCondition, deviceFailsCondition } from './conditions/device.ts';
import { domainsCondition } from './conditions/domains.ts';
import { emailsCondition } from './conditions/emails.ts';
import { groupsCondition } from './conditions/groups.ts';
import { hoursCondition } from './conditions/hours.ts';
import { methodsCondition } from './conditions/methods.ts';
import { networksCondition } from './conditions/networks.ts';
import { deniedPathsCondition, grantedPathsCondition } from './conditions/paths.ts';
import { providerCondition } from './conditions/provider.ts';
import { riskAboveCondition, riskBelowCondition, riskLevelCondition } from './conditions/risk.ts';
import { notForServices, servicesCondition } from './conditions/services.ts';
import { whenCondition } from './conditions/when.ts';
import { createRouteRunner, type RouteRunner } from './route-runner.ts';
import type {
  AuthenticationRequirement,
  Denial,
  Grant,
  RiskResponse,
  RoutePolicy,
  SegmentRequirement,
} from './rule.ts';
import { type CompiledRule, compileRule } from './rule-outcome.ts';

/** A denial whose address stands in upper case must not miss everybody. */
function canonical(texts: ReadonlySet<string>, form: (text: string) => string | undefined): ReadonlySet<string> {
  return new Set([...texts].map((text) => form(text) ?? text));
}

/** One condition for one set, of whatever rules: what thousands of rules share stays in the processor's cache. */
function shared<Key extends object>(make: (key: Key) => Condition): (key: Key) => Condition {
  const known = new WeakMap<Key, Condition>();
  return (key) => {
    const condition = known.get(key) ?? make(key);
    known.set(key, condition);
    return condition;
  };
}

/** The same for what a text tells apart. */
function sharedByText<Key>(textOf: (key: Key) => string, make: (key: Key) => Condition): (key: Key) => Condition {
  const known = new Map<string, Condition>();
  return (key) => {
    const text = textOf(key);
    const condition = known.get(text) ?? make(key);
    if (known.size < mostTexts) known.set(text, condition);
    return condition;
  };
}

const mostTexts = 10_000;
const sharedProvider = sharedByText((id: string) => id, providerCondition);
const sharedDevice = sharedByText((posture: string) => posture, deviceCondition);
const sharedAuth = sharedByText(
  ({ methods, maxAgeMs }: AuthenticationRequirement) => `${methods.join()} ${maxAgeMs}`,
  authCondition,
);
const sharedGrantedPaths = shared(grantedPathsCondition);
const sharedDeniedPaths = shared(deniedPathsCondition);
const sharedGroups = shared(groupsCondition);
const sharedHours = shared(hoursCondition);
const sharedServices = shared(servicesCondition);
const sharedMethods = shared(methodsCondition);
const sharedNetworks = shared(networksCondition);
const sharedRiskLevel = shared(riskLevelCondition);

/** The keys that grants and denials share, but for paths, which they compare differently. */
function sharedConditions(rule: SegmentRequirement['keys'] | Denial): Condition[] {
  const conditions: Condition[] = [];
  if (rule.provider !== undefined) conditions.push(sharedProvider(rule.provider));
  if (rule.groups !== undefined) conditions.push(sharedGroups(rule.groups));
  if (rule.emails !== undefined) conditions.push(emailsCondition(canonical(rule.emails, canonicalEmail)));
  if (rule.domains !== undefined) conditions.push(domainsCondition(canonical(rule.domains, canonicalDomain)));
  if (rule.services !== undefined) conditions.push(sharedServices(rule.services));
  if (rule.methods !== undefined) conditions.push(sharedMethods(rule.methods));
  if (rule.networks !== undefined) conditions.push(sharedNetworks(rule.networks));
  if (rule.claims !== undefined) conditions.push(claimsCondition(rule.claims));
  if (rule.hours !== undefined) conditions.push(sharedHours(rule.hours));
  if (rule.when !== undefined) conditions.push(whenCondition(rule.when));
  return conditions;
}

/** The keys that a grant says, and a segment's `require` in the same words. */
function openingConditions(grant: SegmentRequirement['keys']): Condition[] {
  const conditions = sharedConditions(grant);
  if (grant.paths !== undefined) conditions.push(sharedGrantedPaths(grant.paths));
  if (grant.device !== undefined) conditions.push(sharedDevice(grant.device));
  if (grant.auth !== undefined) conditions.push(sharedAuth(grant.auth));
  if (grant.risk !== undefined) conditions.push(riskBelowCondition(grant.risk.below));
  return conditions;
}

function grantConditions(grant: Grant, response: RiskResponse): Condition[] {
  const conditions = openingConditions(grant);
  if (grant.risk === undefined) conditions.push(sharedRiskLevel(response));
  if (grant.segment !== undefined) conditions.push(...segmentConditions(grant.segment));
  return conditions;
}

/** Conditions of their own beside the grant's, never merged with them: two that hold apart are as strict as both. */
function segmentConditions({ name, at, keys }: SegmentRequirement): Condition[] {
  const segment = Object.freeze({ name, at });
  return openingConditions(keys).map((condition) => ({ ...condition, segment }));
}

function denialConditions(denial: Denial): Condition[] {
  const conditions = sharedConditions(denial);
  if (denial.paths !== undefined) conditions.push(sharedDeniedPaths(denial.paths));
  if (denial.deviceFails !== undefined) conditions.push(deviceFailsCondition(denial.deviceFails));
  if (denial.risk !== undefined) conditions.push(riskAboveCondition(denial.risk.above));
  return conditions;
}

function compile(policy: RoutePolicy): RouteRunner {
  const rules = [
    ...policy.grants.map((grant) => compileRule(grant, grantConditions(grant, policy.riskResponse))),
    ...policy.denials.map((denial) => compileRule(denial, denialConditions(denial))),
  ];
  return inFileOrder(policy, rules);
}

function inFileOrder(policy: RoutePolicy, rules: CompiledRule[]): RouteRunner {
  rules.sort((a, b) => a.rule.at.line - b.rule.at.line || a.rule.at.column - b.rule.at.column);
  return createRouteRunner(policy.route, rules);
}

/** Keys that ask for a person. A service has none of it, and that is known: a miss, not unknown. */
const personKeys: ReadonlySet<ConditionKey> = new Set(['provider', 'groups', 'emails', 'domains', 'claims', 'auth']);

/**
 * The same rules as services meet them: a grant that names no service is not for them, and the levels of risk, which are
 * people's, are not asked about. Kept apart, so that people's requests do not pay for it.
 */
function compileForServices(policy: RoutePolicy): RouteRunner {
  const rules = [
    ...policy.grants.map((grant) =>
      compileRule(grant, [
        ...forServices(openingConditions(grant)),
        ...(grant.services === undefined ? [notForServices] : []),
        ...(grant.segment === undefined ? [] : forServices(segmentConditions(grant.segment))),
      ]),
    ),
    ...policy.denials.map((denial) => compileRule(denial, forServices(denialConditions(denial), 'risk'))),
  ];
  return inFileOrder(policy, rules);
}

function forServices(conditions: readonly Condition[], alsoMissed?: ConditionKey): readonly Condition[] {
  return conditions.map((condition) =>
    personKeys.has(condition.key) || condition.key === alsoMissed ? { ...condition, check: () => 'miss' } : condition,
  );
}

const preparedPolicies = new WeakMap<RoutePolicy, RouteRunner>();
const preparedForServices = new WeakMap<RoutePolicy, RouteRunner>();

/** Compiles a route's rules; the same policy object is compiled once. A snapshot is frozen, so this never goes stale. */
export function prepare(policy: RoutePolicy, caller: 'person' | 'service' = 'person'): RouteRunner {
  const prepared = caller === 'person' ? preparedPolicies : preparedForServices;
  const known = prepared.get(policy);
  if (known !== undefined) return known;
  const runner = caller === 'person' ? compile(policy) : compileForServices(policy);
  prepared.set(policy, runner);
  return runner;
}
