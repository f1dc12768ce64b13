import { LRUCache } from 'lru-cache';
import { authenticationMethods, type CheckResult, type RuleResult } from '../decision/decision.ts';
import type { AuthenticationFacts, DeviceFacts, PostureFacts, ServiceFacts } from '../decision/facts.ts';
import type { DecisionEvent } from './audit-event.ts';
import { encodeOnce } from './codec.ts';
import { commonFactsOf, idOfNamed, nameOfRules } from './common-facts.ts';
import { type CommonOfEvent, encodeRules, holdFacts } from './encode-event.ts';

/** What decisions have in common, and its name. */
export interface NamedFacts {
  readonly id: string;
  readonly trace: readonly RuleResult[];
  readonly claims: DecisionEvent['claims'];
  readonly facts: CommonOfEvent;
}

/** As many kinds of request are remembered of each person: one for each route that they use just now. */
const mostOfOne = 16;
const mostServices = 1024;
/** People whose requests come out alike have one list, and a hundred rules are as long as many people's facts. */
const nameOfTrace = encodeOnce((trace: readonly RuleResult[]) => nameOfRules(JSON.parse(`[${encodeRules(trace)}]`)));
const noRules: readonly RuleResult[] = [];
const bareEvent = '{"type":"decision","facts":{"request":{}}}';

/**
 * Names the facts that an allow has in common with others; `undefined` for one that is better written whole. The name is
 * made once, and then found by what the facts are made of: for as long as nothing changes, these are the same objects.
 */
export function createFactsNamer(): (event: DecisionEvent) => NamedFacts | undefined {
  const ofObjects = new WeakMap<object, NamedFacts[]>();
  const ofServices = new LRUCache<string, NamedFacts[]>({ max: mostServices });

  function listOf({ facts: { person, service }, decision: { trace } }: DecisionEvent): NamedFacts[] | undefined {
    if (service !== undefined) return found(ofServices, service.serviceId);
    const owner = person ?? trace[0];
    return owner && found(ofObjects, owner);
  }

  return (event) => {
    const { facts } = event;
    const { nowMs } = facts.request;
    if ((facts.device?.asOfMs ?? nowMs) !== nowMs || (facts.service?.asOfMs ?? nowMs) !== nowMs) return undefined;
    const list = listOf(event);
    if (list === undefined) return undefined;
    for (const known of list) if (isOf(known, event)) return known;
    const { person, service, authentication, device } = facts;
    const { claims } = event;
    const { trace } = event.decision;
    const unnamed = { trace, claims, facts: { person, service, authentication, device } };
    // Read back as readers do, so that they come to the same name whatever the text looks like.
    const common = commonFactsOf(JSON.parse(holdFacts(bareEvent, { ...unnamed, trace: noRules }, nowMs)));
    if (common === undefined) return undefined;
    const named = { id: idOfNamed(nameOfTrace(trace), common.facts), ...unnamed };
    if (list.unshift(named) > mostOfOne) list.pop();
    return named;
  };
}

function found<Key>(
  lists: { get(key: Key): NamedFacts[] | undefined; set(key: Key, list: NamedFacts[]): unknown },
  key: Key,
): NamedFacts[] {
  const known = lists.get(key);
  if (known !== undefined) return known;
  const made: NamedFacts[] = [];
  lists.set(key, made);
  return made;
}

function isOf({ trace, claims, facts }: NamedFacts, event: DecisionEvent): boolean {
  return (
    isSameList(trace, event.decision.trace, isIdentical) &&
    facts.person === event.facts.person &&
    isSameList(claims ?? none, event.claims ?? none, isIdentical) &&
    isSameProof(facts.authentication, event.facts.authentication) &&
    isSameService(facts.service, event.facts.service) &&
    isSameDevice(facts.device, event.facts.device)
  );
}

const none: readonly string[] = [];

function isIdentical<Value>(one: Value, other: Value): boolean {
  return one === other;
}

function isSameList<Value>(
  one: readonly Value[],
  other: readonly Value[],
  isSame: (one: Value, other: Value) => boolean,
): boolean {
  if (one === other) return true;
  return one.length === other.length && one.every((value, index) => isSame(value, other[index] as Value));
}

function isSameProof(one: AuthenticationFacts | undefined, other: AuthenticationFacts | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  const { provedAtMs } = one;
  if (provedAtMs === other.provedAtMs) return true;
  return authenticationMethods.every((method) => provedAtMs[method] === other.provedAtMs[method]);
}

function isSameService(one: ServiceFacts | undefined, other: ServiceFacts | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.serviceId === other.serviceId && one.provedBy === other.provedBy && one.source === other.source;
}

function isSameDevice(one: DeviceFacts | undefined, other: DeviceFacts | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  if (one.deviceId !== other.deviceId || one.source !== other.source) return false;
  return isSameList(Object.values(one.postures), Object.values(other.postures), isSamePosture);
}

function isSamePosture(one: PostureFacts, other: PostureFacts): boolean {
  if (one === other) return true;
  return (
    one.posture === other.posture &&
    one.result === other.result &&
    one.warnedSinceMs === other.warnedSinceMs &&
    one.warnedUntilMs === other.warnedUntilMs &&
    isSameList(one.checks, other.checks, isSameCheck)
  );
}

function isSameCheck(one: CheckResult, other: CheckResult): boolean {
  return (
    one.check === other.check &&
    one.result === other.result &&
    one.value === other.value &&
    one.source === other.source &&
    one.asOfMs === other.asOfMs
  );
}
