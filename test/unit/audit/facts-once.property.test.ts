import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DecisionEvent } from '../../../src/audit/audit-event.ts';
import { verifyAudit } from '../../../src/audit/verify-audit.ts';
import type { RuleResult } from '../../../src/decision/decision.ts';
import type { Facts } from '../../../src/decision/facts.ts';
import { claimNames, everyKindOfFacts } from '../../support/fact-arbitraries.ts';
import { makeAllow } from '../../support/record-events.ts';
import { createTrailBench, hourMs } from '../../support/record-trail.ts';
import { asWhole, lookUp, readThrough } from '../../support/trail-readers.ts';

const ruleOf = (verdict: RuleResult['verdict']): RuleResult => ({
  rule: `rule "${verdict}"`,
  effect: 'allow',
  at: { file: 'postern.yaml', line: verdict.length, column: 9 },
  verdict,
  conditions: [{ key: 'groups', verdict }],
});
const firstRule = ruleOf('hit');
const rules = [firstRule, ruleOf('miss'), ruleOf('unknown')];
const claims = [[], [...claimNames]] as const;

const step = fc.record({
  facts: fc.nat(2),
  trace: fc.subarray(rules),
  claims: fc.constantFrom(...claims),
  outcome: fc.constantFrom('allow', 'allow', 'allow', 'deny'),
  isReported: fc.boolean(),
  /** The connection was looked at just now, as it is for each request. */
  isOfRequest: fc.boolean(),
  /** Read again out of the state: the same, and other objects. */
  isCopy: fc.boolean(),
  isDurable: fc.boolean(),
  risk: fc.nat(1),
  restarts: fc.boolean(),
});

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** What a step of the story asks the trail to record. */
function eventOf(one: Step, known: readonly Facts[], atMs: number) {
  const base = known[one.facts % known.length] ?? makeAllow(atMs).facts;
  const { device, service, ...others } = one.isCopy ? structuredClone(base) : base;
  const seenMs = one.isOfRequest ? { asOfMs: atMs } : {};
  const facts: Facts = {
    ...others,
    request: { method: 'GET', path: '/', address: `203.0.113.${one.risk}`, nowMs: atMs },
    device: device && { ...device, ...seenMs },
    service: service && { ...service, ...seenMs },
    risk: one.risk === 0 ? undefined : base.risk,
  };
  const grant = one.trace[0] ?? firstRule;
  const reported = one.isReported ? [{ rule: grant, result: 'would_deny', unknown: [] } as const] : undefined;
  const event: DecisionEvent = makeAllow(atMs, {
    facts,
    claims: one.claims,
    decision:
      one.outcome === 'allow'
        ? { outcome: 'allow', reason: 'granted', grant, trace: one.trace, reported }
        : { outcome: 'deny', reason: 'not_in_required_group', trace: one.trace, reported },
  });
  return event;
}

describe('whatever is recorded, with every fact once in a file', () => {
  test('reads as if each line had been written whole: over new files, restarts and facts that come again', async () => {
    const stories = fc.tuple(
      fc.array(everyKindOfFacts, { minLength: 1, maxLength: 3 }),
      fc.array(step, { minLength: 1, maxLength: 25 }),
      fc.constantFrom(2_000, 6_000, 1_000_000),
    );
    // Decision ids never go back in time, so neither may one story behind the other.
    let startMs = Date.now() - 12 * hourMs;
    await fc.assert(
      fc.asyncProperty(stories, async ([known, steps, rotateBytes]) => {
        const bench = await createTrailBench(startMs);
        startMs += 60_000;
        const made: DecisionEvent[] = [];
        let trail = await bench.open({}, { rotateBytes });
        for (const one of steps) {
          const event = eventOf(one, known, bench.clock.nowMs);
          made.push(event);
          if (one.isDurable) await trail.recordDurably(event);
          else trail.record(event);
          bench.clock.nowMs += 7;
          if (!one.restarts) continue;
          await trail.close();
          bench.clock.nowMs += 1_000;
          trail = await bench.open({}, { rotateBytes });
        }
        await trail.close();
        const wholes = made.map(asWhole).map((event) => JSON.stringify(event));
        const { events, unreadable } = await readThrough(bench.directory);
        expect(unreadable).toBe(0);
        expect(events.map((event) => JSON.stringify(event))).toEqual(wholes);
        for (const [index, { decisionId }] of made.entries()) {
          const found = await lookUp(bench.directory, decisionId);
          expect(found).toMatchObject({ damaged: 0, isComplete: true });
          expect(JSON.parse(JSON.stringify(found.events[0]?.event))).toEqual(JSON.parse(wholes[index] ?? ''));
        }
        expect((await verifyAudit(bench.directory)).breaks).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
