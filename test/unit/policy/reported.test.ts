import { describe, expect, test } from '@jest/globals';
import { bucketOf } from '../../../src/policy/bucket.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import type { Denial, Grant } from '../../../src/policy/rule.ts';
import { ada, denial, facts, grant, network, policy } from '../../support/judgement-policy.ts';

const elsewhere = new Set(['operations']);
const passkey = { methods: ['passkey'], maxAgeMs: undefined } as const;
const onlyReported = { mode: 'report_only' } as const;
const opens = grant({ id: 'opens' });
const broken = {
  names: ['broken'],
  contains: (): boolean => {
    throw new Error('broken');
  },
};
const reported = (
  rules: { readonly grants?: readonly Grant[]; readonly denials?: readonly Denial[] },
  given = facts(),
) =>
  evaluate(policy({ ...rules, grants: [opens, ...(rules.grants ?? [])] }), given).reported?.map(
    ({ rule, result, unknown }) => [rule.rule, result, ...unknown],
  );
const idle = (keys: Partial<Grant>) => ({ grants: [grant({ id: 'idle', ...onlyReported, ...keys })] });

describe('of rules that do not act', () => {
  test('none is told that would have done nothing', () => {
    expect(reported(idle({ groups: elsewhere }))).toBeUndefined();
    expect(reported(idle({ groups: elsewhere, auth: passkey }))).toBeUndefined();
    expect(reported({ denials: [denial({ ...onlyReported, groups: elsewhere })] })).toBeUndefined();
  });

  test('a grant that misses nothing but a proof would have asked for it', () => {
    expect(reported(idle({ auth: passkey }))).toEqual([['idle', 'would_step_up']]);
  });

  test('a grant that could not be told, or that broke, was not evaluated', () => {
    const unclear = facts({ person: { ...ada, groups: undefined } });
    expect(reported(idle({ groups: elsewhere }), unclear)).toEqual([['idle', 'not_evaluated', 'groups']]);
    expect(reported(idle({ groups: elsewhere, auth: passkey }), unclear)).toEqual([
      ['idle', 'not_evaluated', 'groups'],
    ]);
    expect(reported(idle({ networks: broken }))).toEqual([['idle', 'not_evaluated']]);
  });

  test('a denial that could not be told would have closed, as one that acts does', () => {
    const unclear = facts({ person: { ...ada, groups: undefined } });
    expect(reported({ denials: [denial({ ...onlyReported, groups: elsewhere })] }, unclear)).toEqual([
      ['denial', 'would_deny', 'groups'],
    ]);
  });

  test('those that would have done something are told, and those beside them not', () => {
    const grants = [idle({ groups: elsewhere }), idle({})].flatMap((one) => one.grants);
    expect(reported({ grants, denials: [denial({ ...onlyReported, networks: network() })] })).toEqual([
      ['idle', 'would_allow'],
    ]);
  });
});

describe('a staged grant', () => {
  const rollout = (percent: number, names: string[] = []) =>
    ({
      mode: 'partial',
      rollout: { percent, by: 'user', include: new Set(names), exclude: new Set<string>() },
    }) as const;
  const decide = (keys: Partial<Grant>, person = ada) =>
    evaluate(policy({ grants: [grant({ id: 'staged', ...keys })] }), facts({ person }));

  test('lets in those on whom it acts, by their bucket or by their name', () => {
    expect(decide(rollout(100)).outcome).toBe('allow');
    expect(decide(rollout(0)).outcome).toBe('deny');
    expect(decide(rollout(0, ['ada@corp.example'])).outcome).toBe('allow');
  });

  test('tells everybody their own bucket, however alike their requests come out', () => {
    const rules = policy({ grants: [grant({ id: 'staged', ...rollout(100) })] });
    for (const name of ['ada', 'bob', 'cyd', 'ada']) {
      const email = `${name}@corp.example`;
      const [traced] = evaluate(rules, facts({ person: { ...ada, email } })).trace;
      expect(traced).toMatchObject({ mode: 'partial', isActing: true, bucket: bucketOf('payroll', 'staged', email) });
    }
  });

  test('draws nothing for those it names', () => {
    expect(decide(rollout(0, ['ada@corp.example'])).trace[0]).not.toHaveProperty('bucket');
  });
});
