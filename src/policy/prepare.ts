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
import { whenCondition } from './conditions/when.ts';
import type { Denial, Grant, RiskResponse, RoutePolicy, SegmentRequirement } from './rule.ts';
import { createRuleRunner, type RuleRunner } from './rule-runner.ts';

/** A route's rules, compiled once: what a request runs. */
export interface PreparedPolicy {
  /** Every rule, in file order. */
  readonly rules: readonly (RuleRunner<Grant> | RuleRunner<Denial>)[];
}

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

const sharedGroups = shared(groupsCondition);
const sharedHours = shared(hoursCondition);
const sharedMethods = shared(methodsCondition);
const sharedNetworks = shared(networksCondition);
const sharedRiskLevel = shared(riskLevelCondition);

/** The keys that grants and denials share, but for paths, which they compare differently. */
function sharedConditions(rule: SegmentRequirement['keys'] | Denial): Condition[] {
  const conditions: Condition[] = [];
  if (rule.provider !== undefined) conditions.push(providerCondition(rule.provider));
  if (rule.groups !== undefined) conditions.push(sharedGroups(rule.groups));
  if (rule.emails !== undefined) conditions.push(emailsCondition(canonical(rule.emails, canonicalEmail)));
  if (rule.domains !== undefined) conditions.push(domainsCondition(canonical(rule.domains, canonicalDomain)));
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
  if (grant.paths !== undefined) conditions.push(grantedPathsCondition(grant.paths));
  if (grant.device !== undefined) conditions.push(deviceCondition(grant.device));
  if (grant.auth !== undefined) conditions.push(authCondition(grant.auth));
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
  if (denial.paths !== undefined) conditions.push(deniedPathsCondition(denial.paths));
  if (denial.deviceFails !== undefined) conditions.push(deviceFailsCondition(denial.deviceFails));
  if (denial.risk !== undefined) conditions.push(riskAboveCondition(denial.risk.above));
  return conditions;
}

function compile(policy: RoutePolicy): PreparedPolicy {
  const rules = [
    ...policy.grants.map((grant) => createRuleRunner(grant, grantConditions(grant, policy.riskResponse))),
    ...policy.denials.map((denial) => createRuleRunner(denial, denialConditions(denial))),
  ];
  rules.sort((a, b) => a.rule.at.line - b.rule.at.line || a.rule.at.column - b.rule.at.column);
  return { rules };
}

const preparedPolicies = new WeakMap<RoutePolicy, PreparedPolicy>();

/** Compiles a route's rules; the same policy object is compiled once. A snapshot is frozen, so this never goes stale. */
export function prepare(policy: RoutePolicy): PreparedPolicy {
  const known = preparedPolicies.get(policy);
  if (known !== undefined) return known;
  const prepared = compile(policy);
  preparedPolicies.set(policy, prepared);
  return prepared;
}
