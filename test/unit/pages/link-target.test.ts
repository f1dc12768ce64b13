import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { linkTarget, mailTarget } from '../../../src/pages/link-target.ts';

describe('a link of a page', () => {
  test.each([
    ['https://help.corp.example/filevault', 'https://help.corp.example/filevault'],
    ['http://wiki.localhost:4180/a?b=c#d', 'http://wiki.localhost:4180/a?b=c#d'],
    ['mailto:it@corp.example', 'mailto:it@corp.example'],
    ['/payslips?year=2026', '/payslips?year=2026'],
    ['/', '/'],
  ])('may lead to %s', (url, target) => {
    expect(linkTarget(url)).toBe(target);
  });

  test.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' javascript:alert(1)',
    'java\tscript:alert(1)',
    '\u0001javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'blob:https://x/1',
    'file:///etc/passwd',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    'payslips',
    '?a',
    '',
    'https://',
  ])('never leads to %j', (url) => {
    expect(linkTarget(url)).toBeUndefined();
  });

  test('that is a path stays on its host, whatever the path', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const target = linkTarget(`/${text}`);
        if (target !== undefined) expect(URL.parse(target, 'https://here.example')?.host).toBe('here.example');
      }),
    );
  });

  test('has a scheme that runs nothing, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.webUrl(), fc.string()), (text) => {
        const target = linkTarget(text);
        if (target !== undefined) {
          expect(['http:', 'https:', 'mailto:']).toContain(URL.parse(target, 'https://here.example')?.protocol);
        }
      }),
    );
  });
});

describe('an owner’s mail link', () => {
  test('carries the subject, and nothing of the address becomes a header', () => {
    expect(mailTarget('a+b@corp.example', 'Access to Payroll & more')).toBe(
      'mailto:a%2Bb@corp.example?subject=Access%20to%20Payroll%20%26%20more',
    );
  });

  test.each(['not an address', 'a@b@c', 'a@b?cc=evil@x.example', 'a@b&bcc=x', '@x', 'a@', '<a@b>'])(
    'is not made of %j',
    (owner) => {
      expect(mailTarget(owner, 'x')).toBeUndefined();
    },
  );

  test('does not fail on a subject that is not well-formed', () => {
    expect(mailTarget('a@b.example', '\ud800')).toBe('mailto:a@b.example?subject=%EF%BF%BD');
  });
});
