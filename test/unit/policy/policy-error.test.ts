import { describe, expect, test } from '@jest/globals';
import { evaluate } from '../../../src/policy/evaluate.ts';
import { denial, facts, grant, policy } from '../../support/judgement-policy.ts';

const broken = {
  names: ['broken'],
  contains: (): boolean => {
    throw new Error('broken');
  },
};
const elsewhere = new Set(['operations']);

describe('a condition that breaks', () => {
  test('is the reason when it alone kept a grant shut', () => {
    expect(evaluate(policy({ grants: [grant({ networks: broken })] }), facts()).reason).toBe('policy_error');
  });

  test('is the reason when it closed as a denial', () => {
    const rules = policy({ grants: [grant()], denials: [denial({ networks: broken })] });
    expect(evaluate(rules, facts()).reason).toBe('policy_error');
  });

  test('is not the reason where another key of the grant missed', () => {
    const rules = policy({ grants: [grant({ networks: broken, groups: elsewhere })] });
    expect(evaluate(rules, facts()).reason).toBe('not_in_required_group');
  });

  test('is not the reason where another denial holds', () => {
    const rules = policy({
      grants: [grant()],
      denials: [denial({ networks: broken }), denial({ methods: new Set(['GET']) })],
    });
    expect(evaluate(rules, facts()).reason).toBe('explicit_deny');
  });

  test('decides nothing in a denial that is known to miss, nor beside a grant that opens', () => {
    const rules = policy({
      grants: [grant({ networks: broken }), grant()],
      denials: [denial({ networks: broken, groups: elsewhere })],
    });
    expect(evaluate(rules, facts()).outcome).toBe('allow');
  });

  test('asks for no factor', () => {
    const rules = policy({
      grants: [grant({ networks: broken, auth: { methods: ['passkey'], maxAgeMs: undefined } })],
    });
    expect(evaluate(rules, facts()).reason).toBe('policy_error');
  });

  test('is a value that is no verdict, too', () => {
    const odd = policy({ grants: [grant({ methods: { has: () => undefined } as unknown as Set<string> })] });
    expect(evaluate(odd, facts()).outcome).toBe('deny');
  });
});
