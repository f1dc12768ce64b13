import { describe, expect, test } from '@jest/globals';
import { lacksMappedClaims, readPerson, withUserinfo } from '../../../src/identity/claims.ts';
import { providerSettings } from '../../support/identity-stage.ts';

const provider = providerSettings('corp', { issuer: 'https://idp.example', clientId: 'c', clientSecret: 's' });
const base = { iss: 'https://idp.example', sub: 'u1' };

describe('a person from claims', () => {
  test('has groups that are unknown, not empty, when the provider did not send them', () => {
    expect(readPerson(provider, base, 1).groups).toBeUndefined();
    expect(readPerson(provider, { ...base, groups: [] }, 1).groups).toEqual([]);
    expect(readPerson(provider, { ...base, groups: 'finance' }, 1).groups).toEqual(['finance']);
    expect(readPerson(provider, { ...base, groups: ['a', 1] }, 1).groups).toBeUndefined();
    expect(readPerson(provider, { ...base, groups: { a: true } }, 1).groups).toBeUndefined();
  });

  test('has unknown groups when there were too many to send', () => {
    const overage = { ...base, groups: ['only-some'], _claim_names: { groups: 'src1' }, _claim_sources: { src1: {} } };
    expect(readPerson(provider, overage, 1).groups).toBeUndefined();
    expect(lacksMappedClaims(provider, { email: 'a@b.c', name: 'A', _claim_names: { groups: 'src1' } })).toBe(false);
  });

  test.each([true, 'true', 1, undefined, null])('has a verified address only for the boolean true (%j)', (verified) => {
    const person = readPerson(provider, { ...base, email: 'a@corp.example', email_verified: verified }, 1);
    expect(person.isEmailVerified).toBe(verified === true);
  });

  test('has a verified address where the provider is trusted, but none without an address', () => {
    const trusted = { ...provider, trustEmail: true };
    expect(readPerson(trusted, { ...base, email: 'a@corp.example' }, 1).isEmailVerified).toBe(true);
    expect(readPerson(trusted, base, 1).isEmailVerified).toBe(false);
  });

  test.each([
    ['Ada@CORP.example', 'ada@corp.example'],
    ['ada@CORP.example', 'ada@corp.example'],
    ['ada@b\u00fccher.example', 'ada@xn--bcher-kva.example'],
    ['jos\u00e9@B\u00dcCHER.example', 'jos\u00e9@xn--bcher-kva.example'],
  ])('has the address %j as rules spell it, so that no denial misses it', (email, spelled) => {
    const person = readPerson(provider, { ...base, email, email_verified: true }, 1);
    expect(person).toMatchObject({ email: spelled, isEmailVerified: true });
  });

  test.each(['ada@10.0.0.1', 'ada@', 'ada', 'ada@corp..example'])(
    'is not known by %j, which no rule can name',
    (email) => {
      const person = readPerson(provider, { ...base, email, email_verified: true }, 1);
      expect(person).toMatchObject({ email, isEmailVerified: false });
    },
  );

  test.each([undefined, '', 7, null, 'x'.repeat(256)])('without a usable subject (%j) is nobody', (sub) => {
    expect(() => readPerson(provider, { ...base, sub }, 1)).toThrow(expect.objectContaining({ code: 'idp_refused' }));
  });
});

describe('userinfo', () => {
  test('lies beneath the ID Token and never replaces it', () => {
    expect(withUserinfo(provider, { sub: 'u1', groups: ['a'] }, { sub: 'u1', groups: ['b'], name: 'N' })).toMatchObject(
      {
        groups: ['a'],
        name: 'N',
      },
    );
  });

  test('does not verify an address that is not its own', () => {
    const mixed = withUserinfo(
      provider,
      { sub: 'u1', email: 'boss@corp.example' },
      { email: 'me@x.y', email_verified: true },
    );
    expect(readPerson(provider, { ...base, ...mixed }, 1).isEmailVerified).toBe(false);
    const same = withUserinfo(provider, { email: 'a@b.c' }, { email: 'a@b.c', email_verified: true });
    expect(readPerson(provider, { ...base, ...same }, 1).isEmailVerified).toBe(true);
  });
});
