import { z } from 'zod';
import type { Facts } from '../decision/facts.ts';
import type { RecordedEvent } from './audit-event.ts';
import { decodeFacts } from './codec-of-facts.ts';

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
  facts: z.unknown(),
});

/**
 * Reads a recorded decision back (written by encode-event.ts): evaluated with the rules that decided, its facts
 * give the recorded answer. What the trail of a later or damaged Postern says is not guessed at.
 */
export function factsOfRecord(event: RecordedEvent['event']): DecodedDecision {
  const parsed = decisionEvent.safeParse(event);
  const read = decodeFacts(parsed.data?.facts);
  if (!parsed.success || read === undefined)
    return { outcome: 'not_comparable', why: 'the record is not in the form of this Postern' };
  const { data } = parsed;
  const { facts, claimsRead } = read;
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
      claimsRead,
      facts: { ...facts, request: { ...facts.request, method: data.method, path: data.path } },
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
