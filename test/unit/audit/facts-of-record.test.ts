import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DecisionEvent } from '../../../src/audit/audit-event.ts';
import { encodeEvent } from '../../../src/audit/encode-event.ts';
import { factsOfRecord } from '../../../src/audit/facts-of-record.ts';
import type { Facts } from '../../../src/decision/facts.ts';
import { claimsReadBy } from '../../../src/policy/claims-read.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import { pickClaims } from '../../../src/policy/find-claim.ts';
import { anyFacts, anyPolicy } from '../../support/judgement-arbitraries.ts';
import { makeAllow } from '../../support/record-events.ts';

const atMs = Date.UTC(2026, 0, 5, 9);

/** A record holds the claims that the rules name, and no others. */
function asRecorded(facts: Facts, names: readonly string[]): Facts {
  const { person } = facts;
  if (person === undefined) return facts;
  const claims = names.length === 0 || person.claims === undefined ? undefined : pickClaims(person.claims, names);
  return { ...facts, person: { ...person, claims: claims && { ...claims } } };
}

describe('a recorded decision', () => {
  test('read back and decided again by the same rules gives the recorded answer, whatever the facts', () => {
    fc.assert(
      fc.property(anyPolicy, anyFacts, (rules, facts) => {
        const decision = evaluate(rules, facts);
        const event: DecisionEvent = {
          ...makeAllow(atMs),
          method: facts.request.method,
          path: facts.request.path,
          decision,
          facts,
          claims: claimsReadBy(rules),
        };
        const read = factsOfRecord(JSON.parse(encodeEvent(event)));
        if (read.outcome !== 'decision') throw new Error(read.why);
        expect(read.decision).toMatchObject({ outcome: decision.outcome, reason: decision.reason });
        expect(read.decision.facts).toEqual(asRecorded(facts, event.claims ?? []));
        expect(read.decision.claimsRead).toEqual(facts.person === undefined ? [] : event.claims);
        expect(evaluate(rules, read.decision.facts)).toEqual(decision);
      }),
      { numRuns: 3000 },
    );
  });

  test('that was not made by rules says so', () => {
    for (const [reason, isByRules] of [
      ['websocket_not_allowed', false],
      ['state_unavailable', false],
      ['policy_error', false],
      ['not_in_required_group', true],
    ] as const) {
      const event = makeAllow(atMs, { decision: { outcome: 'deny', reason, trace: [] } });
      expect(factsOfRecord(JSON.parse(encodeEvent(event)))).toMatchObject({ decision: { reason, isByRules } });
    }
  });

  test('of another form is not guessed at', () => {
    const whole = JSON.parse(encodeEvent(makeAllow(atMs)));
    for (const damaged of [{}, { ...whole, facts: {} }, { ...whole, facts: { ...whole.facts, person: { groups: 7 } } }])
      expect(factsOfRecord(damaged)).toMatchObject({ outcome: 'not_comparable' });
  });
});
