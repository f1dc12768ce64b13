import { describe, expect, test } from '@jest/globals';
import type { Verdict } from '../../../src/decision/decision.ts';
import type { Facts } from '../../../src/decision/facts.ts';
import type { Condition } from '../../../src/policy/condition.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import { prepare } from '../../../src/policy/prepare.ts';
import { createRouteRunner } from '../../../src/policy/route-runner.ts';
import { type ConditionFailure, compileRule } from '../../../src/policy/rule-outcome.ts';
import { denial, facts, grant, network, nowMs, policy } from '../../support/judgement-policy.ts';

const given = facts();
const service: Facts = {
  ...facts({ person: undefined }),
  service: { serviceId: 'build', provedBy: 'token', source: 'connection', asOfMs: nowMs },
};
const elsewhere = new Set(['operations']);

/** Conditions that answer what the list says by now. */
function scripted(verdicts: (Verdict | 'throws')[]): readonly Condition[] {
  return verdicts.map((_, index) => ({
    key: 'groups',
    check: () => {
      const verdict = verdicts[index] ?? 'unknown';
      if (verdict === 'throws') throw new Error('broken');
      return verdict;
    },
  }));
}

const tracedBy = (rule: ReturnType<typeof grant>, verdicts: (Verdict | 'throws')[]) => {
  const run = createRouteRunner('payroll', [compileRule(rule, scripted(verdicts))]);
  return () => run(given).trace[0];
};

describe('the outcome of a rule', () => {
  test.each([1, 14, 15, 16, 26, 27, 40])('of %d keys names the one that misses, whichever it is', (count) => {
    const verdicts = Array.from({ length: count }, (): Verdict => 'hit');
    const trace = tracedBy(grant(), verdicts);
    expect(trace()?.verdict).toBe('hit');
    for (let index = 0; index < count; index += 1) {
      verdicts[index] = 'miss';
      const result = trace();
      expect(result?.verdict).toBe('miss');
      expect(result?.conditions.map(({ verdict }) => verdict)).toEqual(verdicts);
      verdicts[index] = 'hit';
    }
  });

  test('is told anew each time that any key comes out otherwise', () => {
    const verdicts: (Verdict | 'throws')[] = ['hit', 'hit', 'hit'];
    const trace = tracedBy(grant(), verdicts);
    const all = ['hit', 'miss', 'unknown', 'throws'] as const;
    for (const first of all)
      for (const second of all)
        for (const third of all) {
          verdicts.splice(0, 3, first, second, third);
          const isMissed = verdicts.includes('miss');
          const isWhole = verdicts.every((verdict) => verdict === 'hit');
          expect(trace()).toMatchObject({
            verdict: isMissed ? 'miss' : isWhole ? 'hit' : 'unknown',
            conditions: verdicts.map((verdict) => ({ verdict: verdict === 'throws' ? 'unknown' : verdict })),
          });
        }
  });

  test('lies between those of the rules around it, however many keys they have', () => {
    const [before, own, behind] = [
      Array<Verdict>(16).fill('hit'),
      Array<Verdict>(17).fill('hit'),
      Array<Verdict>(3).fill('hit'),
    ];
    const rules = [before, own, behind].map((verdicts) => compileRule(grant(), scripted(verdicts)));
    const run = createRouteRunner('payroll', rules);
    before[15] = 'unknown';
    behind[0] = 'miss';
    const outcome = run(given);
    expect(outcome.trace.map(({ verdict }) => verdict)).toEqual(['unknown', 'hit', 'miss']);
    expect(outcome.trace.map(({ conditions }) => conditions.length)).toEqual([16, 17, 3]);
    expect(outcome.opening).toBe(outcome.trace[1]);
  });

  test('is one object for as long as requests come out alike', () => {
    const run = prepare(policy({ grants: [grant()], denials: [denial({ groups: elsewhere })] }));
    expect(run(given)).toBe(run(facts()));
    expect(run(facts({ person: undefined }))).not.toBe(run(given));
    expect(run(given).trace[1]).toBe(run(facts({ method: 'POST' })).trace[1]);
  });

  test('names the segment that required what missed, and no other segment of a like rule', () => {
    const traceOf = (name: string) => {
      const keys = grant({ groups: elsewhere });
      const rules = policy({ grants: [grant({ segment: { name, at: keys.at, keys } })] });
      return evaluate(rules, given).trace[0]?.conditions.map(({ key, segment }) => `${key} ${segment?.name}`);
    };
    expect(traceOf('inner')).toEqual(['risk undefined', 'groups inner']);
    expect(traceOf('outer')).toEqual(['risk undefined', 'groups outer']);
  });
});

describe('what opens and closes', () => {
  test('is the first of the grants that hold', () => {
    const [first, second] = [grant({ id: 'first' }), grant({ id: 'second' })];
    expect(evaluate(policy({ grants: [second, first] }), given)).toMatchObject({
      outcome: 'allow',
      grant: { rule: 'first' },
    });
  });

  test('is told in the order of the file, also on one line', () => {
    const at = (column: number) => ({ file: 'postern.yaml', line: 1, column });
    const rules = policy({
      grants: [grant({ id: 'right', at: at(40) }), grant({ id: 'left', at: at(9) })],
      denials: [denial({ id: 'middle', at: at(20), groups: elsewhere })],
    });
    expect(evaluate(rules, given).trace.map(({ rule }) => rule)).toEqual(['left', 'middle', 'right']);
  });

  test('is no denial that misses: the reason is the grant that came nearest', () => {
    const rules = policy({
      grants: [grant({ groups: elsewhere, networks: network() })],
      denials: [denial({ methods: new Set(['POST']) })],
    });
    expect(evaluate(rules, given)).toMatchObject({
      outcome: 'deny',
      reason: 'not_in_required_group',
      rule: { rule: 'grant' },
    });
  });

  test('is not the same to a service as to a person, whoever comes first', () => {
    for (const callers of [
      [given, service],
      [service, given],
    ]) {
      const rules = policy({ grants: [grant({ networks: network('203.0.113.7') })] });
      const outcomes = new Map(callers.map((caller) => [caller, evaluate(rules, caller).outcome]));
      expect([outcomes.get(given), outcomes.get(service)]).toEqual(['allow', 'deny']);
    }
  });

  test('to a service is no grant that names none, even one that asks for nothing', () => {
    expect(evaluate(policy({ grants: [grant()] }), service)).toMatchObject({ outcome: 'deny' });
  });
});

describe('a route', () => {
  test('is compiled once, for people and for services apart', () => {
    const rules = policy({ grants: [grant()] });
    expect(prepare(rules)).toBe(prepare(rules));
    expect(prepare(rules, 'service')).toBe(prepare(rules, 'service'));
    expect(prepare(rules, 'service')).not.toBe(prepare(rules));
  });

  test('tells of each condition that broke: of which rule, which key, and how', () => {
    const thrown = new Error('broken');
    const broken = {
      names: ['broken'],
      contains: (): boolean => {
        throw thrown;
      },
    };
    const heard: ConditionFailure[] = [];
    const opens = grant({ id: 'opens' });
    const shut = grant({ id: 'shut', networks: broken });
    const rules = policy({ grants: [opens, shut] });
    expect(evaluate(rules, given, (failure) => heard.push(failure)).outcome).toBe('allow');
    expect(heard).toEqual([{ rule: shut, key: 'networks', thrown }]);
    expect(evaluate(rules, given).outcome).toBe('allow');
  });
});
