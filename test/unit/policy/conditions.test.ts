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

  test.each(['\u212Aim', 'ｋim', 'kím', 'k\u0131m', 'ki\u0301m'])(
    'that only look like another are unknown, never the other one: %s',
    (name) => {
      expect(emails.check(withEmail(`${name}@corp.example`))).toBe('unknown');
      expect(domains.check(withEmail(`${name}@corp.example`))).toBe('hit');
    },
  );

  test('with letters of other scripts that look like nobody in the list miss it', () => {
    expect(emails.check(withEmail('josé@corp.example'))).toBe('miss');
    expect(emails.check(withEmail('кім@corp.example'))).toBe('miss');
  });

  test('are asked for again when the person has others', () => {
    expect(emails.check(withEmail('kim@corp.example'))).toBe('hit');
    expect(emails.check(withEmail('lin@corp.example'))).toBe('miss');
  });

  test.each(['a@badcorp.example', 'a@corp.example.evil.example', 'a@sub.corp.example'])(
    'in another domain miss: %s',
    (email) => {
      expect(domains.check(withEmail(email))).toBe('miss');
    },
  );

  test.each([undefined, 'corp.example', '@corp.example', 'a@corp.example@evil.example', 'a@b@corp.example'])(
    'that are none are unknown: %s',
    (email) => {
      expect(domains.check(withEmail(email))).toBe('unknown');
    },
  );

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
