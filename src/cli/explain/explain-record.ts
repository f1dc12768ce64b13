import { z } from 'zod';
import type { RecordedEvent } from '../../audit/audit-event.ts';
import type { RecordedDecision } from '../../audit/facts-of-record.ts';
import { traceOfRecord } from '../../audit/trace-of-record.ts';
import type { Route } from '../../config/route.ts';
import type { Snapshot } from '../../config/snapshot.ts';
import {
  authenticationMethods,
  type ConditionKey,
  type Decision,
  type RuleResult,
  type StepUpNeed,
} from '../../decision/decision.ts';
import type { Facts } from '../../decision/facts.ts';
import { decisiveRule } from '../rule-table.ts';
import { wouldOpen } from '../would-open.ts';
import { factsBehind } from './facts-behind.ts';
import { shownToPerson } from './shown-to-person.ts';

/** One condition that made the answer what it is, and the facts behind it. */
export interface Cause {
  readonly rule: string;
  readonly key: ConditionKey;
  /** With values, sources and ages. */
  readonly facts: readonly string[];
}

/** A decision that was made, in parts that can be printed. */
export interface Explanation {
  readonly event: RecordedEvent['event'];
  readonly recorded: RecordedDecision;
  readonly decision: Decision;
  readonly facts: Facts;
  /** Where each rule is in today's file; `undefined` where there is no such file. */
  readonly placeNow: ((rule: RuleResult) => PlaceNow) | undefined;
  readonly causes: readonly Cause[];
  readonly toAllow: readonly string[];
  /** What the person read, as a sentence. */
  readonly shown: string | undefined;
  readonly nowMs: number;
}

export type PlaceNow =
  | { readonly kind: 'same' }
  | { readonly kind: 'moved'; readonly at: string }
  | { readonly kind: 'gone' };

/** Explains a recorded decision; with `again`, another decision about the same facts. `today` adds what only a configuration knows. */
export function explainRecord(
  event: RecordedEvent['event'],
  recorded: RecordedDecision,
  today: Snapshot | undefined,
  nowMs: number,
  again?: { readonly decision: Decision; readonly route: Route },
): Explanation {
  const { facts } = recorded;
  const route = again?.route ?? routeToday(recorded, today);
  const decision = again?.decision ?? decisionOfRecord(event, recorded, route, today);
  const isOfToday = again !== undefined || today?.hash.startsWith(recorded.config) === true;
  return {
    event,
    recorded,
    decision,
    facts,
    placeNow:
      today === undefined || again !== undefined ? undefined : (rule) => findPlaceNow(rule, route, recorded.route),
    causes: causesOf(decision, facts, isOfToday ? route : undefined),
    toAllow:
      isOfToday && route !== undefined
        ? wouldOpen(route.policy, decision, facts, 'not known')
        : toAllowOfRecord(decision, facts),
    shown: again === undefined ? shownToPerson(event, decision, route) : undefined,
    nowMs,
  };
}

function routeToday({ route, host, facts }: RecordedDecision, today: Snapshot | undefined): Route | undefined {
  return today?.routes.find(({ name }) => name === route) ?? today?.routeTable.find(host, facts.request.path);
}

/** The answer as it stands in the trail. What it has no room for (a denial's message) comes from the file of that time, if it still is the one. */
function decisionOfRecord(
  event: RecordedEvent['event'],
  { outcome, reason, config }: RecordedDecision,
  route: Route | undefined,
  today: Snapshot | undefined,
): Decision {
  const trace = traceOfRecord(event);
  const rule = trace.find(({ rule: id }) => id === event['rule']);
  const denial =
    today?.hash.startsWith(config) === true ? route?.policy.denials.find(({ id }) => id === rule?.rule) : undefined;
  const head = { outcome, reason, trace };
  // The record was checked when its facts were read; what a reason means is the same for as long as its code exists.
  if (outcome === 'allow') return { ...head, grant: rule } as Decision;
  if (outcome === 'deny') return { ...head, rule, userMessage: denial?.userMessage } as Decision;
  if (outcome === 'step_up') return { ...head, need: needOf(event) } as Decision;
  return head as Decision;
}

const needShape = z.object({
  methods: z.array(z.enum(authenticationMethods)),
  max_age_ms: z.number().optional(),
  not_before_ms: z.number().optional(),
});

function needOf({ need }: RecordedEvent['event']): StepUpNeed {
  const read = needShape.safeParse(need);
  if (!read.success) return { methods: [], maxAgeMs: undefined, notBeforeMs: undefined };
  const { methods, max_age_ms: maxAgeMs, not_before_ms: notBeforeMs } = read.data;
  return { methods, maxAgeMs, notBeforeMs };
}

function findPlaceNow({ rule, effect, at }: RuleResult, route: Route | undefined, routeThen: string): PlaceNow {
  const rules = effect === 'allow' ? route?.policy.grants : route?.policy.denials;
  const found = route?.name === routeThen ? rules?.find(({ id }) => id === rule) : undefined;
  if (found === undefined) return { kind: 'gone' };
  const isSame = found.at.line === at.line && baseOf(found.at.file) === baseOf(at.file);
  return isSame ? { kind: 'same' } : { kind: 'moved', at: `${found.at.file}:${found.at.line}` };
}

function baseOf(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1);
}

/** Of a yes, what the grant stood on; of a denial that hit, what it hit on; of grants, what kept them closed. */
function causesOf(decision: Decision, facts: Facts, route: Route | undefined): readonly Cause[] {
  const decisive = decisiveRule(decision);
  const isClosedByDenial = decision.outcome === 'deny' && decisive?.effect === 'deny';
  const looked = decision.trace.filter(
    (rule) => rule === decisive || (decision.outcome !== 'allow' && !isClosedByDenial && rule.effect === 'allow'),
  );
  return looked.flatMap((rule) => {
    const isOpen = rule.verdict === 'hit' || rule.effect === 'deny';
    const keys = rule.conditions.filter(({ verdict }) => (isOpen ? verdict !== 'miss' : verdict !== 'hit'));
    const grant = route?.policy.grants.find(({ id }) => id === rule.rule);
    return [...new Set(keys.map(({ key }) => key))].map((key) => ({
      rule: rule.rule,
      key,
      facts: factsBehind(key, facts, isOpen, grant),
    }));
  });
}

/** Without the rules of that time: what the record itself says was missing. */
function toAllowOfRecord(decision: Decision, facts: Facts): readonly string[] {
  if (decision.outcome === 'step_up') {
    const { methods } = decision.need;
    return methods.length === 0 ? [] : [`proof by ${methods.join(' or ')}`];
  }
  if (decision.outcome !== 'deny' || decision.rule === undefined) return [];
  const { rule, effect, conditions } = decision.rule;
  if (effect === 'deny') return [`the denial ${rule} had to not apply`];
  const failing = conditions.filter(({ verdict }) => verdict !== 'hit').map(({ key }) => key);
  const device = failing.includes('device') ? factsBehind('device', facts, false, undefined) : [];
  const others = failing.filter((key) => key !== 'device');
  return [
    ...device,
    ...(others.length === 0 ? [] : [`what ${rule} then asked of ${others.join(', ')} (--rerun says what it asks now)`]),
  ];
}
