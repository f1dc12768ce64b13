import { describe, expect, test } from '@jest/globals';
import { domainsCondition } from '../../../src/policy/conditions/domains.ts';
import { emailsCondition } from '../../../src/policy/conditions/emails.ts';
import { deniedPathsCondition, grantedPathsCondition } from '../../../src/policy/conditions/paths.ts';
import { ada, facts, pathPrefix } from '../../support/judgement-policy.ts';

function withEmail(email: string | undefined) {
  return facts({ person: { ...ada, email } });
}

describe('addresses', () => {
  const emails = emailsCondition(new Set(['kim@corp.example']));
  const domains = domainsCondition(new Set(['corp.example']));

  test('are compared without regard to ASCII case', () => {
    expect(emails.check(withEmail('Kim@Corp.Example'))).toBe('hit');
    expect(domains.check(withEmail('lin@CORP.example'))).toBe('hit');
  });

  test('are not folded onto ASCII: the Kelvin sign is no k', () => {
    expect(emails.check(withEmail('\u212Aim@corp.example'))).toBe('miss');
  });

  test.each(['a@badcorp.example', 'a@corp.example.evil.example', 'a@sub.corp.example', 'a@corp.example@evil.example'])(
    'in another domain miss: %s',
    (email) => {
      expect(domains.check(withEmail(email))).toBe('miss');
    },
  );

  test.each([undefined, 'corp.example', '@corp.example'])('that are none are unknown: %s', (email) => {
    expect(domains.check(withEmail(email))).toBe('unknown');
  });

  test('that the provider does not vouch for are unknown', () => {
    const given = facts({ person: { ...ada, isEmailVerified: false } });
    expect([emails.check(given), domains.check(given)]).toEqual(['unknown', 'unknown']);
  });
});

test('paths are compared exactly in a grant and without regard to case in a denial', () => {
  const patterns = [pathPrefix('/admin/')];
  const given = facts({ path: '/ADMIN/users' });
  expect(grantedPathsCondition(patterns).check(given)).toBe('miss');
  expect(deniedPathsCondition(patterns).check(given)).toBe('hit');
});
