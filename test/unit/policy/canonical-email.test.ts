import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  canonicalDomain,
  canonicalEmail,
  canonicalEmailClaim,
  likenessOf,
} from '../../../src/policy/canonical-email.ts';
import { domainsCondition } from '../../../src/policy/conditions/domains.ts';
import { emailsCondition } from '../../../src/policy/conditions/emails.ts';
import { ada, facts } from '../../support/judgement-policy.ts';

/** Addresses that are nearly one another: case, width, dots, letters that fold onto others. */
const piece = fc.constantFrom(
  ...[
    'ada',
    'ADA',
    'k',
    '\u212a',
    'ｋ',
    'é',
    'e\u0301',
    'ß',
    'ſ',
    'ı',
    'İ',
    '.',
    '+tag',
    '@',
    '＠',
    '"',
    ' ',
    '\0',
    '(x)',
  ],
);
const domain = fc.constantFrom(
  ...['corp.example', 'CORP.example.', 'corp。example', 'ｃorp.example', 'bücher.example', 'BÜCHER.example'],
  ...[
    'xn--bcher-kva.example',
    'xn--zzzz.example',
    'co\u00adrp.example',
    'corp.example..',
    '[::1]',
    '10.0.0.1',
    '0x7f.1',
    '',
  ],
);
const anyAddress = fc.oneof(
  fc.tuple(fc.array(piece, { maxLength: 4 }), domain).map(([name, at]) => `${name.join('')}@${at}`),
  fc.emailAddress(),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

describe('the canonical form of an address', () => {
  test.each([
    ['Ada@Corp.Example', 'ada@corp.example'],
    ['ada@corp.example.', undefined],
    ['ada@ｃｏｒｐ.example', undefined],
    ['ada@corp。example', undefined],
    ['ada@\u212aorp.example', undefined],
    ['ada@co\u00adrp.example', undefined],
    ['ada@bücher.example', 'ada@xn--bcher-kva.example'],
    ['ada@bu\u0308cher.example', 'ada@xn--bcher-kva.example'],
    ['ada@BÜCHER.example', 'ada@xn--bcher-kva.example'],
    ['ada@XN--bcher-kva.example', 'ada@xn--bcher-kva.example'],
    ['ada@bü\u212aher.example', undefined],
    ['ada@bücher。example', undefined],
    ['ada@straße.example', 'ada@xn--strae-oqa.example'],
    ['José@Corp.Example', 'José@corp.example'],
    ['\u212aim@corp.example', '\u212aim@corp.example'],
    ['a@b@corp.example', undefined],
    ['ada＠corp.example', undefined],
    ['"a@b"@corp.example', undefined],
    ['"ada"@corp.example', undefined],
    ['ada(work)@corp.example', undefined],
    ['ada@corp.example(work)', undefined],
    ['ada@corp.example ', undefined],
    [' ada@corp.example', undefined],
    ['ada\u00a0@corp.example', undefined],
    ['ada\u200b@corp.example', undefined],
    ['ada\0@corp.example', undefined],
    ['ada@corp.example\0', undefined],
    ['ada@corp.example\nada@evil.example', undefined],
    ['ada@[10.0.0.1]', undefined],
    ['ada@10.0.0.1', undefined],
    ['ada@0x7f.1', undefined],
    ['ada@corp.example,eve@evil.example', undefined],
    ['Ada <ada@corp.example>', undefined],
    ['ada@corp..example', undefined],
    ['ada@corp.example:443', undefined],
    ['ada@corp.example/x', undefined],
    ['ada%corp.example@evil.example', 'ada%corp.example@evil.example'],
  ])('of %j, when a provider vouches for it, is %j', (text, canonical) => {
    expect(canonicalEmailClaim(text)).toBe(canonical);
  });

  test('is its own canonical form', () => {
    fc.assert(
      fc.property(anyAddress, (text) => {
        for (const canonical of [canonicalEmailClaim, canonicalEmail, canonicalDomain]) {
          const once = canonical(text);
          if (once !== undefined) expect(canonical(once)).toBe(once);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('of a rule is the one of a claim: no address is one person here and another there', () => {
    fc.assert(
      fc.property(anyAddress, (text) => {
        const inRule = canonicalEmail(text);
        if (inRule !== undefined) expect([inRule, undefined]).toContain(canonicalEmailClaim(text));
      }),
      { numRuns: 2_000 },
    );
  });

  test('is what the rules go by: equal forms are one person to each of them, others never by a rule on the address', () => {
    fc.assert(
      fc.property(anyAddress, anyAddress, (one, other) => {
        const [first, second] = [canonicalEmailClaim(one), canonicalEmailClaim(other)];
        const wanted = emailsCondition(new Set([canonicalEmail(one) ?? 'nobody@nowhere.example']));
        const domains = domainsCondition(new Set([first?.split('@')[1] ?? 'nowhere.example']));
        const ofFirst = facts({ person: { ...ada, email: one } });
        const ofSecond = facts({ person: { ...ada, email: other } });
        if (first !== undefined && first === second) {
          expect(wanted.check(ofSecond)).toBe(wanted.check(ofFirst));
          expect(domains.check(ofSecond)).toBe(domains.check(ofFirst));
        } else if (first !== undefined) expect(wanted.check(ofSecond)).not.toBe('hit');
        if (second === undefined)
          expect([wanted.check(ofSecond), domains.check(ofSecond)]).toEqual(['unknown', 'unknown']);
      }),
      { numRuns: 2_000 },
    );
  });

  test('has a likeness without case, width and accents, which settles', () => {
    fc.assert(
      fc.property(anyAddress, (text) => {
        const canonical = canonicalEmailClaim(text);
        if (canonical === undefined) return;
        const likeness = likenessOf(canonical);
        expect(likenessOf(likeness)).toBe(likeness);
        if (canonicalEmail(text) !== undefined) expect(likeness).toBe(canonical);
      }),
      { numRuns: 2_000 },
    );
  });
});
