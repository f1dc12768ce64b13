import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileHours } from '../../../src/config/compile/opening-hours.ts';
import type { ClaimFacts } from '../../../src/decision/facts.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import { checkExpression } from '../../../src/policy/expression/compile-expression.ts';
import { prospectOf } from '../../../src/policy/prospect.ts';
import { anyFacts, anyPolicy } from '../../support/judgement-arbitraries.ts';
import {
  ada,
  denial,
  grant,
  minute,
  network,
  nowMs,
  pathPrefix,
  policy,
  riskOf,
} from '../../support/judgement-policy.ts';

const finance = new Set(['finance']);
const live = { authentication: { provedAtMs: { passkey: nowMs - minute } }, risk: riskOf(0) };

describe('what a person may expect of a route', () => {
  test('is access now when a live session would pass', () => {
    const rule = grant({ id: 'finance', groups: finance, auth: { methods: ['passkey'], maxAgeMs: 15 * minute } });
    expect(prospectOf(policy({ grants: [rule] }), ada, live, nowMs)).toEqual({
      access: 'now',
      via: { rule: 'finance', at: rule.at },
      reason: undefined,
      needs: [],
    });
  });

  test('is conditional on signing in, on the proof, the device and the network that the grant asks for', () => {
    const rule = grant({
      groups: finance,
      device: 'managed',
      auth: { methods: ['passkey'], maxAgeMs: minute },
      networks: network('203.0.113.7'),
    });
    const { access, needs } = prospectOf(policy({ grants: [rule] }), ada, undefined, nowMs);
    expect(access).toBe('conditional');
    expect(needs).toEqual([
      { kind: 'sign_in' },
      { kind: 'condition', key: 'networks' },
      { kind: 'condition', key: 'device' },
      { kind: 'condition', key: 'auth' },
    ]);
    const withSession = prospectOf(policy({ grants: [rule] }), ada, live, nowMs + 10 * minute);
    expect(withSession.needs.map((need) => need.kind === 'condition' && need.key)).toEqual([
      'networks',
      'device',
      'auth',
    ]);
  });

  test('is no for whom a staged grant does not act on, and names their bucket', () => {
    const rollout = { percent: 0, by: 'user', include: new Set<string>(), exclude: new Set<string>() } as const;
    const rule = grant({ id: 'finance', groups: finance, mode: 'partial', rollout });
    expect(prospectOf(policy({ grants: [rule] }), ada, live, nowMs)).toMatchObject({
      access: 'no',
      via: { rule: 'finance' },
      reason: 'not_in_required_group',
      needs: [{ kind: 'stage', rule: 'finance', bucket: expect.any(Number) }],
    });
    const others = grant({ id: 'hr', groups: new Set(['hr']), mode: 'partial', rollout });
    expect(prospectOf(policy({ grants: [others] }), ada, live, nowMs).needs).toEqual([]);
    const closed = policy({ grants: [rule], denials: [denial({ groups: finance })] });
    expect(prospectOf(closed, ada, live, nowMs).needs).toEqual([]);
  });

  test('is no for who is not on the list, and for whom a denial meets whatever they do', () => {
    const others = grant({ groups: new Set(['hr']) });
    expect(prospectOf(policy({ grants: [others] }), ada, live, nowMs)).toMatchObject({
      access: 'no',
      reason: 'not_in_required_group',
    });
    const closing = denial({ id: 'no-finance', groups: finance });
    expect(prospectOf(policy({ grants: [grant()], denials: [closing] }), ada, live, nowMs)).toMatchObject({
      access: 'no',
      reason: 'explicit_deny',
      via: { rule: 'no-finance' },
    });
  });

  test('is conditional where a denial depends on the device, and untouched by one about a path', () => {
    const risky = denial({ id: 'bad-device', groups: finance, deviceFails: 'managed' });
    expect(prospectOf(policy({ grants: [grant()], denials: [risky] }), ada, live, nowMs)).toMatchObject({
      access: 'conditional',
      needs: [{ kind: 'avoid', rule: 'bad-device' }],
    });
    const path = denial({ paths: [pathPrefix('/admin')] });
    const narrow = grant({ paths: [pathPrefix('/reports')], methods: new Set(['POST']) });
    expect(prospectOf(policy({ grants: [narrow], denials: [path] }), ada, live, nowMs).access).toBe('now');
  });

  test('is settled by claims that are known, and conditional on those that nobody has kept', () => {
    const rule = grant({ claims: [{ claim: 'department', values: new Set(['payroll']) }] });
    const of = (claims: ClaimFacts | undefined) =>
      prospectOf(policy({ grants: [rule] }), { ...ada, claims }, live, nowMs);
    expect(of({ department: 'payroll' }).access).toBe('now');
    expect(of({ department: 'sales' })).toMatchObject({ access: 'no', reason: 'not_in_required_group' });
    expect(of(undefined)).toMatchObject({ access: 'conditional', needs: [{ kind: 'condition', key: 'claims' }] });
  });

  test('is now only within the hours, and where a condition holds of what is known of the person', () => {
    const hours = compileHours({ days: ['mon'], from: 9 * 60, to: 17 * 60, zone: 'UTC' });
    const office = policy({ grants: [grant({ hours })] });
    expect(prospectOf(office, ada, live, nowMs).access).toBe('now');
    expect(prospectOf(office, ada, live, nowMs - minute)).toMatchObject({
      access: 'conditional',
      needs: [{ kind: 'condition', key: 'hours' }],
    });
    const of = (source: string) => {
      const checked = checkExpression(source);
      if (checked.outcome === 'refused') throw new Error(checked.says);
      const when = checked.compile({ file: 'postern.yaml', line: 1, column: 1 });
      return prospectOf(policy({ grants: [grant({ when })] }), ada, live, nowMs).access;
    };
    expect(of('user.email == "ada@corp.example" && risk.score < 40')).toBe('now');
    expect(of('risk.score > 90')).toBe('conditional');
    expect(of('request.path == "/"')).toBe('conditional');
  });

  test('takes unknown groups for a miss in a grant and for a hit in a denial', () => {
    const unknown = { ...ada, groups: undefined };
    expect(prospectOf(policy({ grants: [grant({ groups: finance })] }), unknown, live, nowMs).access).toBe('no');
    const closing = policy({ grants: [grant()], denials: [denial({ groups: finance })] });
    expect(prospectOf(closing, unknown, live, nowMs).access).toBe('no');
  });

  test('names risk only where the grant or the score does', () => {
    const high = { ...live, risk: riskOf(90) };
    const needs = prospectOf(policy({ grants: [grant()] }), ada, high, nowMs).needs;
    expect(needs).toEqual([{ kind: 'condition', key: 'risk' }]);
    const explicit = policy({ grants: [grant({ risk: { below: 30 } })] });
    expect(prospectOf(explicit, ada, { ...live, risk: undefined }, nowMs).needs).toEqual([
      { kind: 'condition', key: 'risk' },
    ]);
    const implicit = prospectOf(policy({ grants: [grant()] }), ada, undefined, nowMs);
    expect(implicit.needs).toEqual([{ kind: 'sign_in' }]);
  });

  test('of a public route asks for nothing but what its denials ask for', () => {
    expect(prospectOf(policy({ isPublic: true }), ada, undefined, nowMs)).toEqual({
      access: 'now',
      via: undefined,
      reason: undefined,
      needs: [],
    });
    const guarded = policy({ isPublic: true, denials: [denial({ id: 'far', networks: network('203.0.113.7') })] });
    expect(prospectOf(guarded, ada, undefined, nowMs).needs).toEqual([{ kind: 'avoid', rule: 'far' }]);
    const closed = policy({ isPublic: true, denials: [denial({ groups: finance })] });
    expect(prospectOf(closed, ada, undefined, nowMs).access).toBe('no');
  });

  test('takes what a segment asks of device, place and proof for a need, never for a no', () => {
    const keys = grant({ id: 'segment', device: 'managed', networks: network('203.0.113.7') });
    const segment = { name: 'finance', at: keys.at, keys };
    const guarded = policy({ grants: [grant({ groups: finance, segment })] });
    const { access, needs } = prospectOf(guarded, ada, live, nowMs);
    expect(access).toBe('conditional');
    expect(needs).toEqual([
      { kind: 'condition', key: 'networks' },
      { kind: 'condition', key: 'device' },
    ]);
    const others = { ...segment, keys: grant({ groups: new Set(['hr']) }) };
    expect(prospectOf(policy({ grants: [grant({ segment: others })] }), ada, live, nowMs).access).toBe('no');
  });

  test('never says no where any request of the person passes', () => {
    fc.assert(
      fc.property(anyPolicy, anyFacts, (rules, facts) => {
        fc.pre(facts.person !== undefined);
        if (facts.person === undefined || evaluate(rules, facts).outcome !== 'allow') return;
        const liveFacts = { authentication: facts.authentication ?? { provedAtMs: {} }, risk: facts.risk };
        expect(prospectOf(rules, facts.person, liveFacts, facts.request.nowMs).access).not.toBe('no');
        expect(prospectOf(rules, facts.person, undefined, facts.request.nowMs).access).not.toBe('no');
      }),
      { numRuns: 2000 },
    );
  });
});
