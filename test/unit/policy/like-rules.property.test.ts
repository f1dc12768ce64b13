import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ConditionResult, RuleResult, Verdict } from '../../../src/decision/decision.ts';
import type { Facts } from '../../../src/decision/facts.ts';
import { createActing } from '../../../src/policy/acting.ts';
import type { Condition } from '../../../src/policy/condition.ts';
import { conditionsOf } from '../../../src/policy/conditions/conditions-of-rule.ts';
import { groups } from '../../../src/policy/conditions/groups.ts';
import { riskLevelCondition } from '../../../src/policy/conditions/risk.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import { prepare } from '../../../src/policy/prepare.ts';
import type { Denial, Grant, Rollout, RoutePolicy } from '../../../src/policy/rule.ts';
import { type ConditionFailure, isActing } from '../../../src/policy/rule-outcome.ts';
import { anyDenial, anyFacts, anyGrant, anyPolicy } from '../../support/judgement-arbitraries.ts';
import { ada, facts, grant, network, nowMs, policy } from '../../support/judgement-policy.ts';

type Asked = readonly Condition[];

/** The keys of a rule as anybody would ask them: each by itself, in a new object. */
function keysOf(rule: Grant | Denial, rules: RoutePolicy): Asked {
  const own = (keys: Parameters<typeof conditionsOf>[0]) =>
    conditionsOf(keys).map(({ condition, value }) => ({ ...condition.conditionOf(value, rule.effect) }));
  if (rule.effect === 'deny') return own(rule);
  const level = rule.risk === undefined ? [riskLevelCondition(rules.riskResponse)] : [];
  const { segment } = rule;
  const reference = segment && { name: segment.name, at: segment.at };
  const added = segment === undefined ? [] : own(segment.keys).map((one) => ({ ...one, segment: reference }));
  return [...own(rule), ...level, ...added];
}

/** What a rule comes to by itself, worked out with nothing kept and nothing shared. */
function resultOf(rule: Grant | Denial, rules: RoutePolicy, given: Facts): RuleResult {
  const conditions = keysOf(rule, rules).map(({ key, check, segment }): ConditionResult => {
    const verdict = verdictOf(check, given);
    return segment === undefined ? { key, verdict } : { key, verdict, segment };
  });
  const verdicts = conditions.map(({ verdict }) => verdict);
  const verdict = verdicts.includes('miss') ? 'miss' : verdicts.includes('unknown') ? 'unknown' : 'hit';
  const { id, effect, at, mode } = rule;
  const result = { rule: id, effect, at, verdict, conditions } as const;
  const acting = createActing(rules.route, rule)?.(given);
  if (mode === undefined || acting === undefined) return result;
  const bucket = acting.bucket === undefined ? {} : { bucket: acting.bucket };
  return { ...result, mode, isActing: isActing(effect, acting), ...bucket };
}

function verdictOf(check: Condition['check'], given: Facts): Verdict {
  try {
    return check(given);
  } catch {
    return 'unknown';
  }
}

function inOrder(rules: RoutePolicy): readonly (Grant | Denial)[] {
  return [...rules.grants, ...rules.denials].toSorted((one, other) => one.at.line - other.at.line);
}

const rollouts = fc.record({
  percent: fc.nat({ max: 100 }),
  by: fc.constantFrom('user', 'group', 'device'),
  include: fc.constant(new Set<string>()),
  exclude: fc.constantFrom(new Set<string>(), new Set(['finance'])),
}) satisfies fc.Arbitrary<Rollout>;
const modes = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  fc.constant({ mode: 'report_only' as const }),
  rollouts.map((rollout) => ({ mode: 'partial' as const, rollout })),
);

/** A rule, some of whose keys are those of another one: the very same values, as the configuration gives like rules. */
function likeAnother<Rule extends Grant | Denial>(rules: fc.Arbitrary<Rule>): fc.Arbitrary<readonly Rule[]> {
  const kept = fc.subarray(['groups', 'networks', 'methods', 'paths', 'claims', 'when', 'hours', 'auth', 'risk']);
  return fc
    .array(fc.tuple(rules, rules, fc.array(fc.tuple(kept, modes), { minLength: 1, maxLength: 6 })), { maxLength: 2 })
    .map((families) =>
      families.flatMap(([model, other, members]) =>
        members.map(([keys, mode], index) => {
          const common = Object.fromEntries(keys.map((key) => [key, Reflect.get(model, key)]));
          const at = { ...other.at, line: 10 * other.at.line + index };
          return { ...other, ...common, ...mode, at };
        }),
      ),
    );
}

const requiredOfSegment = fc.option(
  anyGrant.map((keys) => ({ name: 'inner', at: keys.at, keys })),
  { nil: undefined },
);
const likePolicy = fc
  .tuple(anyPolicy, likeAnother(anyGrant), likeAnother(anyDenial), requiredOfSegment)
  .map(([rules, grants, denials, segment]) => ({
    ...rules,
    grants: grants.map((one, index) => (index % 2 === 0 ? one : { ...one, segment })),
    denials,
  }));
/** More kinds of request than a small route remembers, some of them again, and of each person several. */
const requests = fc.array(anyFacts, { minLength: 1, maxLength: 12 }).chain((kinds) => {
  const kind = fc.constantFrom(...kinds);
  const mixed = fc.tuple(kind, kind).map(([{ person }, others]): Facts => ({ ...others, person }));
  return fc.array(fc.oneof(kind, mixed), { minLength: 1, maxLength: 40 });
});

describe('rules that share conditions, and requests that come again', () => {
  test('come out as if each key of each rule were asked by itself', () => {
    fc.assert(
      fc.property(likePolicy, requests, (rules, all) => {
        for (const given of all) {
          const results = inOrder(rules).map((rule) => resultOf(rule, rules, given));
          const { trace, opening, idle } = prepare(rules)(given);
          expect(trace).toEqual(results);
          const acting = results.filter(({ isActing: acts }) => acts !== false);
          expect(opening).toEqual(acting.find(({ effect, verdict }) => effect === 'allow' && verdict === 'hit'));
          const hasModes = inOrder(rules).some(({ mode }) => mode !== undefined);
          const resting = results.filter(({ isActing: acts }) => acts === false);
          expect(idle?.map(({ result }) => result)).toEqual(hasModes ? resting : undefined);
        }
      }),
      { numRuns: 400 },
    );
  });

  test('get the answer, the reason and the explanation that a route gives which was never asked before', () => {
    fc.assert(
      fc.property(likePolicy, requests, (rules, all) => {
        for (const given of all) {
          const heard: ConditionFailure[] = [];
          const heardAnew: ConditionFailure[] = [];
          const decision = evaluate(rules, given, (failure) => heard.push(failure));
          expect(decision).toEqual(evaluate({ ...rules }, given, (failure) => heardAnew.push(failure)));
          expect(heard).toEqual(heardAnew);
        }
      }),
      { numRuns: 400 },
    );
  });

  test('are each told of where a condition that they share broke', () => {
    const thrown = new Error('broken');
    const networks = {
      names: ['broken'],
      contains: (): boolean => {
        throw thrown;
      },
    };
    const [one, two] = [grant({ id: 'one', networks }), grant({ id: 'two', networks })];
    for (let times = 0; times < 2; times += 1) {
      const heard: ConditionFailure[] = [];
      evaluate(policy({ grants: [one, two] }), facts(), (failure) => heard.push(failure));
      expect(heard).toEqual([one, two].map((rule) => ({ rule, key: 'networks', thrown })));
    }
  });

  test('ask a condition once for a request, and again for the next one', () => {
    let asked = 0;
    const networks = {
      names: ['office'],
      contains: () => {
        asked += 1;
        return true;
      },
    };
    const grants = Array.from({ length: 100 }, (_, at) => grant({ id: `team-${at}`, networks }));
    const rules = policy({ grants });
    for (let times = 1; times < 4; times += 1) {
      expect(evaluate(rules, facts()).outcome).toBe('allow');
      expect(asked).toBe(times);
    }
  });
});

describe('what is remembered', () => {
  const closesAtNine = {
    zone: 'Etc/UTC',
    source: 'until 09:00',
    contains: (now: number) => now < nowMs,
    nextOpeningMs: () => undefined,
  };
  const strict = policy({
    grants: [
      grant({
        groups: new Set(['finance']),
        hours: closesAtNine,
        networks: network('203.0.113.7'),
        methods: new Set(['GET']),
        auth: { methods: ['otp'], maxAgeMs: 60_000 },
      }),
    ],
  });
  const calm = facts({ provedAtMs: { otp: nowMs - 30_000 } });
  const at = (ms: number): Facts => ({ ...calm, request: { ...calm.request, nowMs: ms } });

  test.each<[string, Facts]>([
    ['the hours are over', at(nowMs)],
    ['a proof is too old', { ...at(nowMs - 1), authentication: { provedAtMs: { otp: nowMs - 61_000 } } }],
    ['the address is another', { ...at(nowMs - 1), request: { ...at(nowMs - 1).request, address: '192.0.2.9' } }],
    ['the method is another', { ...at(nowMs - 1), request: { ...at(nowMs - 1).request, method: 'POST' } }],
    ['the risk has grown', { ...at(nowMs - 1), risk: { ...(calm.risk ?? fail()), score: 90 } }],
    ['the person has lost the group', { ...at(nowMs - 1), person: { ...ada, groups: ['staff'] } }],
  ])('opens no longer once %s', (_, changed) => {
    expect(evaluate(strict, at(nowMs - 1)).outcome).toBe('allow');
    expect(evaluate(strict, changed).outcome).not.toBe('allow');
    expect(evaluate(strict, at(nowMs - 1)).outcome).toBe('allow');
  });
});

function fail(): never {
  throw new Error('There is no risk.');
}

test('of the person rules ask once, of everything else with each request', () => {
  const asked = { groups: 0, networks: 0 };
  const wanted = new Set(['finance']);
  const counted = Object.assign(wanted, {
    has: (name: string) => {
      asked.groups += 1;
      return Set.prototype.has.call(wanted, name);
    },
  });
  const networks = {
    names: ['office'],
    contains: () => {
      asked.networks += 1;
      return true;
    },
  };
  const rules = policy({ grants: [grant({ groups: counted, networks })] });
  const person = { ...ada, groups: ['finance'] };
  for (let times = 0; times < 3; times += 1) expect(evaluate(rules, facts({ person })).outcome).toBe('allow');
  expect(asked).toEqual({ groups: 1, networks: 3 });
  expect(evaluate(rules, facts({ person: { ...person, groups: ['staff'] } })).outcome).toBe('deny');
  expect(asked).toEqual({ groups: 2, networks: 4 });
});

test('groups are compared exactly, however many somebody is in and a rule names', () => {
  const names = fc.uniqueArray(fc.constantFrom(...Array.from({ length: 30 }, (_, at) => `team-${at}`)));
  fc.assert(
    fc.property(names, fc.array(names), (held, asked) => {
      const given = facts({ person: { ...ada, groups: held } });
      for (const wanted of asked) {
        const isIn = held.some((name) => wanted.includes(name));
        expect(groups.conditionOf(new Set(wanted), 'allow').check(given)).toBe(isIn ? 'hit' : 'miss');
      }
    }),
  );
});
