import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { CheckResult } from '../../src/decision/decision.ts';
import { createPageRenderer } from '../../src/pages/create-page-renderer.tsx';
import type { AppSummary, Page, PageContext, PortalTile } from '../../src/pages/page.ts';
import { context, refusal } from '../support/pages-samples.ts';

const renderer = createPageRenderer();
const harmless = 'harmless';

/** Every page, with one text in every field that comes from a person, a provider, a device or a configuration. */
function pagesWith(text: string): { readonly pages: readonly Page[]; readonly context: PageContext } {
  const app: AppSummary = { name: text, title: text, host: text, owner: text };
  const checks: readonly CheckResult[] = (['pass', 'fail', 'unknown', 'stale'] as const).map((result) => ({
    check: `${text} ${result}`,
    result,
    value: text,
    source: text,
    helpUrl: text,
    asOfMs: context.nowMs,
  }));
  const tile: PortalTile = { ...app, url: text, description: text, state: 'fix_device', reason: 'device_unknown' };
  const base = refusal('explicit_deny', {
    app,
    checks,
    requirements: ['groups'],
    userMessage: { [text]: text },
    retryUrl: text,
    signInUrl: text,
    switchAccountUrl: text,
    deviceUrl: text,
  });
  return {
    context: { ...context, acceptLanguage: text, authOrigin: text, person: { name: text, email: text } },
    pages: [
      base,
      { ...base, isFramed: true },
      { ...base, isPosted: true },
      { ...base, reason: 'session_expired', isPosted: true },
      { ...base, reason: 'reauth_required', isPosted: true },
      { ...base, reason: 'login_required', isFramed: true },
      { ...base, reason: 'upstream_unreachable' },
      { ...base, reason: 'device_unknown' },
      { ...base, reason: 'wrong_account' },
      { kind: 'sign_in_choice', app, providers: [{ title: text, url: text, isAway: true }] },
      {
        kind: 'step_up',
        app,
        providerTitle: text,
        methods: ['otp'],
        maxAgeMs: 1_000,
        provedAtMs: undefined,
        isUnusual: true,
        signals: ['new_network'],
        continueUrl: text,
        notNowUrl: text,
      },
      {
        kind: 'provider_away',
        app,
        providerTitle: text,
        retryUrl: text,
        anywayUrl: text,
        others: [{ title: text, url: text }],
        isSignedIn: true,
      },
      { kind: 'sign_in_problem', problem: 'refused', continueUrl: text, app },
      { kind: 'portal', tiles: [tile], signOutToken: text },
      { kind: 'portal', tiles: [], postponed: { app, confirmUrl: text }, signOutToken: text },
      {
        kind: 'device',
        deviceId: text,
        certificateUrl: text,
        postures: [{ posture: text, result: text, checks, apps: [text], blocks: [text, `${text}2`] }],
      },
      { kind: 'sign_out_confirm', signOutToken: text },
      { kind: 'signed_out', providerTitle: text, signInUrl: text },
    ],
  };
}

/** The tags of a document as a browser reads them: a quoted attribute value may hold anything but its quote. */
function tagsOf(html: string): readonly string[] {
  const tags = html.match(/<[a-z/!](?:"[^"]*"|[^">])*>/gi) ?? [];
  return tags.map((tag) => tag.replaceAll(/"[^"]*"/g, '""'));
}

const attacks = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '" onfocus="alert(1)" autofocus="',
  '</title><script>alert(1)</script>',
  '</style><script>alert(1)</script>',
  '</pre></details><form action=https://evil.example>',
  '<!--',
  ']]><svg onload=alert(1)>',
  '{app}{App}{person}{owner}',
  '&lt;script&gt;',
];

describe('markup in the texts of a page', () => {
  const expected = pagesWith(harmless).pages.map((page) => tagsOf(renderer.render(page, pagesWith(harmless).context)));

  test.each(attacks)('adds no element and no attribute: %s', (attack) => {
    const { pages, context: attacked } = pagesWith(attack);
    pages.forEach((page, index) => {
      const html = renderer.render(page, attacked);
      expect(tagsOf(html).filter((tag) => !isLanguageTag(tag))).toEqual(
        (expected[index] ?? []).filter((tag) => !isLanguageTag(tag)),
      );
      expect(html).not.toContain('<script');
      if (/[<"]/.test(attack)) expect(html).not.toContain(attack);
    });
  });

  test('adds none, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'<>"\'&/=;:!-{}ab \u202e\ud83d\ude00') }), (text) => {
        const { pages, context: attacked } = pagesWith(`x${text}`);
        pages.forEach((page, index) => {
          const tags = tagsOf(renderer.render(page, attacked)).filter((tag) => !isLanguageTag(tag));
          expect(tags).toEqual((expected[index] ?? []).filter((tag) => !isLanguageTag(tag)));
        });
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    'javascript:alert(1)',
    'JAVASCRIPT:alert(1)',
    'java\nscript:alert(1)',
    '\u0000javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:alert(1)',
    '//evil.example/x',
    '/\\evil.example/x',
  ])('makes no link of %j', (attack) => {
    const { pages, context: attacked } = pagesWith(attack);
    for (const page of pages) {
      const targets = [...renderer.render(page, attacked).matchAll(/<a [^>]*?href="([^"]*)"/g)].map(
        (match) => match[1],
      );
      for (const target of targets) expect(target).toMatch(/^(https?:|mailto:|\/(?![/\\]))/);
      expect(targets.join(' ')).not.toContain('evil.example');
    }
  });

  test('does not make a page of a long text large', () => {
    const { pages, context: attacked } = pagesWith('x'.repeat(200_000));
    for (const page of pages) {
      if (page.kind === 'sign_out_confirm' || page.kind === 'portal') continue;
      expect(renderer.render(page, attacked).length).toBeLessThan(40_000);
    }
  });
});

/** An administrator's language key is shown as `lang` only when it is a language tag. */
function isLanguageTag(tag: string): boolean {
  return tag.startsWith('<blockquote') || tag.startsWith('<html');
}
