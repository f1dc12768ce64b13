import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { quote } from '../../../src/audit/codec.ts';
import { decodeFacts, encodeFacts } from '../../../src/audit/codec-of-facts.ts';
import { encodeEvent } from '../../../src/audit/encode-event.ts';
import { escapeConfusing } from '../../../src/audit/escape-confusing.ts';
import { factsOfRecord } from '../../../src/audit/facts-of-record.ts';
import { traceOfRecord } from '../../../src/audit/trace-of-record.ts';
import { authenticationMethods } from '../../../src/decision/decision.ts';
import type { Facts } from '../../../src/decision/facts.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import { pickClaims } from '../../../src/policy/find-claim.ts';
import { claimNames, everyKindOfFacts } from '../../support/fact-arbitraries.ts';
import { anyFacts, anyPolicy } from '../../support/judgement-arbitraries.ts';
import { makeAllow } from '../../support/record-events.ts';

const atMs = Date.UTC(2026, 0, 5, 9);

/** A record holds the claims that the rules name, and no others. */
function asRecorded({ request: { address, nowMs }, ...facts }: Facts, names: readonly string[]) {
  const { person } = facts;
  const request = { address, nowMs };
  if (person === undefined) return { ...facts, request };
  const claims = names.length === 0 || person.claims === undefined ? undefined : pickClaims(person.claims, names);
  return { ...facts, request, person: { ...person, claims: claims && { ...claims } } };
}

test('any text is quoted as JSON has it, but for what would confuse who looks at it', () => {
  const texts = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('"', '\\', '\n', '\u007f', '\u202e', 'é', ' !#[]~'),
  );
  fc.assert(
    fc.property(fc.array(texts), (parts) => {
      const value = parts.join('');
      expect(quote(value)).toBe(escapeConfusing(JSON.stringify(value)));
      expect(JSON.parse(quote(value))).toBe(value);
    }),
    { numRuns: 1_000 },
  );
});

describe('facts that were written down', () => {
  test('are the same when they are read, of whatever kind they are', () => {
    fc.assert(
      fc.property(everyKindOfFacts, fc.subarray([...claimNames]), (facts, names) => {
        const read = decodeFacts(JSON.parse(encodeFacts(facts, names)));
        expect(read?.facts).toEqual(asRecorded(facts, names));
        expect(read?.claimsRead).toEqual(facts.person === undefined ? [] : names);
      }),
      { numRuns: 400 },
    );
  });

  test.each(authenticationMethods)('hold the time of %s', (method) => {
    const allow = makeAllow(atMs);
    const facts = { ...allow.facts, authentication: { provedAtMs: { [method]: atMs } } };
    expect(factsOfRecord(JSON.parse(encodeEvent({ ...allow, facts })))).toMatchObject({
      decision: { facts: { authentication: { provedAtMs: { [method]: atMs } } } },
    });
  });

  test('are not read in part: a fact that only another Postern knows makes them unreadable', () => {
    const whole = JSON.parse(encodeFacts(makeAllow(atMs).facts, ['department']));
    expect(decodeFacts(whole)).toBeDefined();
    for (const more of [
      { ...whole, weather: { source: 'self' } },
      { ...whole, authentication: { ...whole.authentication, proved_at_ms: { palm: atMs } } },
      { ...whole, risk: { ...whole.risk, points: [{ ...whole.risk.points[0], weight: 2 }] } },
      { ...whole, person: { ...whole.person, claims_read: 'department' } },
    ])
      expect(decodeFacts(more)).toBeUndefined();
  });

  test('and are no number leave the line readable, and are not read', () => {
    const { facts } = makeAllow(atMs);
    const written = encodeFacts({ ...facts, risk: facts.risk && { ...facts.risk, score: Number.NaN } }, []);
    expect(JSON.parse(written).risk.score).toBeNull();
    expect(decodeFacts(JSON.parse(written))).toBeUndefined();
  });
});

describe('the rules of a recorded decision', () => {
  test('come out when they are read as they came out then', () => {
    fc.assert(
      fc.property(anyPolicy, anyFacts, (rules, facts) => {
        const decision = evaluate(rules, facts);
        const event = JSON.parse(encodeEvent(makeAllow(atMs, { decision, facts })));
        expect(traceOfRecord(event)).toEqual(decision.trace);
      }),
      { numRuns: 300 },
    );
  });
});
