import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { reasonCodes } from '../../../src/decision/reason.ts';
import { createPageRenderer } from '../../../src/pages/create-page-renderer.tsx';
import type { Page } from '../../../src/pages/page.ts';
import { context, failingDevice, nowMs, payroll, refusal, samplePages } from '../../support/pages-samples.ts';

const renderer = createPageRenderer();
const names = [...samplePages.keys()];

function show(page: Page, changes: Partial<typeof context> = {}): string {
  return renderer.render(page, { ...context, ...changes });
}

function sample(name: string): Page {
  const page = samplePages.get(name);
  if (page === undefined) throw new Error(`There is no sample page "${name}".`);
  return page;
}

/** What a reader sees: no head, no tags, entities read. */
function textOf(html: string): string {
  return html
    .slice(html.indexOf('<body'))
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ ([.,)])/g, '$1')
    .replaceAll('( ', '(');
}

describe('the page outside the hours of an app', () => {
  const opening = { atMs: Date.UTC(2026, 0, 6, 6), zone: 'Europe/Berlin' };
  const page = refusal('outside_hours', { nextOpening: opening });

  test('says when it opens, on the clock of its own zone, and how long that is', () => {
    expect(textOf(show(page, { acceptLanguage: 'en' }))).toMatch(
      /Payroll opens again: Jan 6, 2026, 07:00 (CET|GMT\+1) \(in 15 h 58 min\)\./,
    );
    expect(textOf(show(page, { acceptLanguage: 'de' }))).toMatch(
      /Payroll öffnet wieder: 6\. Jan\. 2026, 07:00 (MEZ|GMT\+1) \(in 15 Std\. 58 Min\.\)\./,
    );
  });

  test('says no time where none is known, and names nobody inside a frame', () => {
    expect(textOf(show(refusal('outside_hours')))).not.toContain('Payroll opens again');
    expect(textOf(show({ ...page, isFramed: true }))).not.toContain('Payroll opens again');
  });
});

describe('the page of a step-up that was cancelled', () => {
  const page = sample('sign-in problem step_up_cancelled');

  test('names the app and who is still signed in, and offers to try again and the way back', () => {
    const html = show(page);
    expect(textOf(html)).toContain('You didn’t confirm that it’s you, so Payroll stays closed');
    expect(textOf(html)).toContain('You are still signed in');
    expect(textOf(html)).toContain('Signed in as ada@corp.example');
    expect(html).toContain('href="https://auth.corp.example/.postern/login?rt=01J">Try again</a>');
    expect(html).toContain('<a class="button second" href="https://auth.corp.example/">Your apps</a>');
  });

  test('needs no app: a step-up can come from a page of ours', () => {
    const html = show({ ...page, app: undefined } as Page);
    expect(textOf(html)).toContain('You didn’t confirm that it’s you');
    expect(textOf(html)).not.toContain('stays closed');
  });
});

/** Two pages run our one script, by its path at their own host and nothing else. */
function withoutOwnScript(html: string, name: string): string {
  const isScripted = name.includes('browser');
  return isScripted ? html.replace('<script src="/.postern/browser.js" defer></script>', '') : html;
}

describe.each(names)('the page “%s”', (name) => {
  test('is one small document with its language, its decision and nothing to run or fetch', () => {
    for (const acceptLanguage of ['en', 'de']) {
      const html = show(sample(name), { acceptLanguage });
      expect(html).toMatch(new RegExp(`^<!DOCTYPE html><html lang="${acceptLanguage}"`));
      expect(Buffer.byteLength(html)).toBeLessThan(30_000);
      expect(html.match(/<h1[ >]/g)).toHaveLength(1);
      expect(html).toContain(context.decisionId);
      expect(withoutOwnScript(html, name)).not.toMatch(
        /<script|<iframe|<object|<embed|<img|<base|\son\w+=|\sstyle=|javascript:/i,
      );
      const fetched = [
        ...withoutOwnScript(html, name).matchAll(/<link [^>]*href="([^"]*)"|\ssrc="([^"]*)"|url\(([^)]*)\)|@import/g),
      ];
      expect(fetched.map((match) => match[1]?.slice(0, 19))).toEqual(['data:image/svg+xml,']);
      expect(textOf(html)).not.toMatch(/\{\w+\}|undefined|null|\[object|NaN/);
    }
  });

  test('has exactly the style that its policy allows', () => {
    const page = sample(name);
    const styles = [...show(page).matchAll(/<style>([\s\S]*?)<\/style>/g)].map((match) => match[1] ?? '');
    const [style = ''] = styles;
    expect(styles).toHaveLength(1);
    const hash = createHash('sha256').update(style).digest('base64');
    expect(renderer.contentSecurityPolicyFor(page)).toContain(`style-src 'sha256-${hash}'`);
  });

  test('says that it is a demonstration when it is one, and only then', () => {
    expect(textOf(show(sample(name), { isDevelopment: true }))).toContain('Development mode');
    expect(textOf(show(sample(name)))).not.toContain('Development mode');
  });
});

describe('the policy of pages', () => {
  test('allows no script, no frame around, no other base and forms to the page’s own host alone', () => {
    const policy = renderer.contentSecurityPolicy.split('; ');
    expect(policy).toEqual([
      "default-src 'none'",
      expect.stringMatching(/^style-src 'sha256-[A-Za-z0-9+/=]{44}'$/),
      "img-src 'self' data:",
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
    ]);
    expect(renderer.contentSecurityPolicyFor(sample('portal'))).toBe(renderer.contentSecurityPolicy);
  });

  test('lets the two pages of registered browsers run our own file and ask our own host, and no other page', () => {
    for (const name of names) {
      const policy = renderer.contentSecurityPolicyFor(sample(name));
      const isScripted = /browser/.test(name);
      expect([name, policy.includes("script-src 'self'; connect-src 'self'")]).toEqual([name, isScripted]);
      expect(policy.includes('unsafe')).toBe(false);
    }
  });

  test('lets a sign-out form be redirected to the provider when that is said', () => {
    const policy = renderer.contentSecurityPolicyFor(sample('portal'), {
      formTargets: ['https://idp.corp.example/end?x=1'],
    });
    expect(policy).toContain("form-action 'self' https://idp.corp.example;");
    expect(() => renderer.contentSecurityPolicyFor(sample('portal'), { formTargets: ['not a url'] })).toThrow();
  });

  test('lets a small page for a frame be framed, and no form be sent from it', () => {
    const policy = renderer.contentSecurityPolicyFor(sample('framed denial'));
    expect(policy).not.toContain('frame-ancestors');
    expect(policy).toContain("form-action 'none'");
  });
});

describe('a page inside a frame', () => {
  const html = show(sample('framed denial'));

  test('names no person and has no form', () => {
    expect(html).not.toContain('ada@corp.example');
    expect(html).not.toContain('<form');
  });

  test('leads out of the frame with each of its links', () => {
    const links = html.match(/<a [^>]*>/g) ?? [];
    expect(links.length).toBeGreaterThan(0);
    for (const link of links) expect(link).toContain('target="_top"');
  });

  test('leads to sign-in where that is what is missing', () => {
    expect(show(sample('framed sign-in'))).toContain('href="https://auth.corp.example/.postern/login?rt=01J"');
  });
});

describe('the denial page', () => {
  const html = show(failingDevice);
  const text = textOf(html);

  test('begins with the app and the state, and gives what failed before what passed', () => {
    expect(text).toContain('You can’t open Payroll yet');
    expect(text).toContain('Checks that need your attention: 4 of 5');
    expect(text.indexOf('Disk encryption is off')).toBeLessThan(text.indexOf('The screen lock is on'));
  });

  test('folds the checks that passed', () => {
    const folded = html.match(/<details>.*?<\/details>/s)?.[0] ?? '';
    expect(textOf(folded.replace('<details>', '<body>'))).toContain('1 check passed');
    expect(folded).toContain('The screen lock is on');
    expect(folded).not.toContain('Disk encryption');
  });

  test('says what was seen, who said so and when, and where to read how to mend it', () => {
    expect(text).toContain('Seen: 13.6.1, reported by Fleet, Jan 2, 2026, 14:02 UTC (3 days ago)');
    expect(html).toContain('<a href="https://help.corp.example/filevault">How to fix: Disk encryption</a>');
    expect(html).toContain('<time datetime="2026-01-05T14:00:00.000Z">14:00 UTC</time>');
  });

  test('names the posture where it has a title, in the reader’s language', () => {
    const titled = { ...failingDevice, posture: { en: 'Managed laptop', de: 'Verwaltetes Notebook' } };
    expect(textOf(renderer.render(titled, context))).toContain('Asked for: Managed laptop');
    const german = renderer.render(titled, { ...context, acceptLanguage: 'de' });
    expect(textOf(german)).toContain('Verlangt wird: Verwaltetes Notebook');
    expect(textOf(renderer.render(failingDevice, context))).not.toContain('Asked for');
  });

  test('names the app in the reader’s language, and says which it is where the page has another', () => {
    const app = { ...payroll, title: { de: 'Lohn', fr: 'Paie' } };
    const render = (acceptLanguage: string) =>
      renderer.render(refusal('not_in_required_group', { app }), { ...context, acceptLanguage });
    expect(render('de')).toContain('<bdi>Lohn</bdi>');
    expect(render('fr')).toContain('<bdi lang="fr">Paie</bdi>');
    expect(render('en')).toContain('<bdi lang="de">Lohn</bdi>');
    expect(render('en')).toMatch(/<title>[^<]*Lohn/);
  });

  test('checks again by a plain link to the same address', () => {
    expect(html).toContain('href="https://payroll.corp.example/payslips?year=2026">Check again</a>');
    expect(text).toContain('Last checked 14:00 UTC (2 minutes ago)');
  });

  test('says who is signed in, how to switch, whom to ask and where the other apps are', () => {
    expect(text).toContain('Signed in as ada@corp.example');
    expect(html).toContain('>Switch account</a>');
    expect(html).toContain('href="mailto:payroll-owners@corp.example?subject=Access%20to%20Payroll%20(dec_');
    expect(html).toContain('href="https://auth.corp.example/"');
  });

  test('has the details for support as plain text, without the address that was asked for', () => {
    const details = html.match(/<pre>.*?<\/pre>/s)?.[0].replaceAll(/<[^>]*>/g, '') ?? '';
    expect(details.trim().split('\n')).toEqual([
      `Decision: ${context.decisionId}`,
      'Time: 2026-01-05T14:02:00.000Z',
      'Account: ada@corp.example',
      'App: Payroll (payroll.corp.example)',
      'Reason: device_not_compliant',
    ]);
  });

  test('shows the rule’s own message in the reader’s language and says which language it is', () => {
    const page = sample('denial with a message and requirements');
    expect(show(page, { acceptLanguage: 'fr' })).toMatch(/<blockquote lang="fr"[^>]*>Utilisez le portail/);
    expect(show(page, { acceptLanguage: 'de' })).toMatch(/<blockquote lang="en"[^>]*>Contractors use/);
  });

  test('tells requirements only when it was given them', () => {
    expect(textOf(show(sample('denial with a message and requirements')))).toContain('Membership in one of the groups');
    expect(textOf(show(refusal('explicit_deny')))).not.toContain('asks for');
  });

  test('offers the address that asks for the device’s certificate, where there is one', () => {
    expect(show(sample('unknown device'))).toContain('href="https://payroll.corp.example:4443/"');
    expect(show(refusal('device_unknown'))).not.toContain('certificate</a>');
  });

  test('does not tell whether a route exists, whatever it was given', () => {
    const told = show(refusal('route_unknown', { checks: failingDevice.checks, requirements: ['groups'] }));
    const untold = show(refusal('route_unknown', { app: undefined }));
    expect(told).toBe(untold);
    expect(told).not.toContain('Payroll');
  });

  test('stands without an app, a person or an address', () => {
    const bare = show(
      refusal('policy_error', {
        app: undefined,
        retryUrl: undefined,
        signInUrl: undefined,
        switchAccountUrl: undefined,
      }),
      { person: undefined },
    );
    expect(textOf(bare)).toContain('Something is wrong on our side');
    expect(bare).not.toContain('Signed in as');
  });

  test.each(reasonCodes)('offers something to do for %s', (reason) => {
    expect(show(refusal(reason))).toMatch(/class="button"/);
  });
});

describe('a form that was sent too late', () => {
  const html = show(sample('posted too late'));

  test('is said not to be saved, and how to send it again', () => {
    const text = textOf(html);
    expect(text).toContain('You were signed out before this was sent');
    expect(text).toContain('Nothing was saved.');
    expect(text).toContain('use your browser’s Back button');
  });

  test('signs in in a new tab, so that this one keeps what was typed', () => {
    expect(html).toMatch(/<a [^>]*href="https:\/\/auth\.corp\.example\/\.postern\/login\?rt=01J"[^>]*target="_blank"/);
  });

  test('asks for the proof where that was what was missing', () => {
    expect(textOf(show(sample('posted without a fresh proof')))).toContain('Confirm in a new tab that it’s you');
  });

  test('is not said to be unsaved when the app broke in the middle', () => {
    const text = textOf(show(sample('posted to a broken app')));
    expect(text).not.toContain('Nothing was saved');
    expect(text).toContain('We can’t tell whether this was saved');
    expect(text).not.toContain('Try again');
  });

  test('that was denied is said to be unsaved too, once', () => {
    expect(textOf(show(refusal('explicit_deny', { isPosted: true })))).toContain('Nothing was saved.');
    const text = textOf(show(sample('posted and denied')));
    expect(text).toContain('Nothing was changed.');
    expect(text).not.toContain('Nothing was saved.');
  });
});

describe('the page of a broken app', () => {
  test('shows in words where it stopped, and names the owner', () => {
    const text = textOf(show(refusal('upstream_unreachable')));
    expect(text).toMatch(/You working Gateway working Payroll not answering/);
    expect(text).toContain('payroll-owners@corp.example looks after Payroll');
  });
});

describe('the portal', () => {
  const html = show(sample('portal'));

  test('says of each app in words whether it opens now', () => {
    const text = textOf(html);
    expect(text).toContain('Some apps need a step first: they say which.');
    expect(text).toMatch(/Wiki Handbook, meeting notes and how-tos wiki\.corp\.example Ready/);
    expect(text).toContain('Asks you to confirm that it’s you');
    expect(text).toContain('Fix your device first');
    expect(text).toContain('Needs a device that we know');
  });

  test('speaks of no step where every app opens, and says of none twice what it needs', () => {
    const page = sample('portal') as Extract<Page, { readonly kind: 'portal' }>;
    const open = { ...page, tiles: page.tiles.filter(({ state }) => state === 'ready') };
    expect(textOf(show(open))).toContain('What you can open now, with this account on this device.');
    expect(textOf(show(open))).not.toContain('step');
    expect(textOf(html)).toContain('Your last proof is too old');
    expect(textOf(html)).not.toContain('This device needs a change first');
    expect(textOf(html)).not.toContain('This device is not known');
  });

  test('says to somebody who put a proof off that nothing was changed, and leads back to it', () => {
    const later = show(sample('portal after a proof was put off'));
    expect(textOf(later)).toContain('Nothing was changed. You are still signed in, and Payroll stays closed until');
    expect(later).toContain('href="/.postern/step-up?rt=01J">Confirm that it’s you</a>');
    expect(textOf(html)).not.toContain('Nothing was changed');
  });

  test('signs out by a form that carries its token', () => {
    expect(html).toMatch(
      /<form method="post" action="\/\.postern\/sign-out"><input type="hidden" name="token" value="token-of-the-form"\/?>/,
    );
  });

  test('that is empty says whom to ask', () => {
    expect(textOf(show(sample('empty portal')))).toContain('Ask the owner of the app that you need');
  });
});

describe('the pages around sign-in and sign-out', () => {
  test('name the app and its host before a choice of providers', () => {
    const text = textOf(show(sample('sign-in choice'), { person: undefined }));
    expect(text).toContain('Sign in to open Payroll');
    expect(text).toContain('payroll.corp.example');
    expect(text).toContain('Continue with Partner account');
  });

  test('give each cause of a failed sign-in a headline of its own', () => {
    const headlines = names
      .filter((name) => name.startsWith('sign-in problem'))
      .map((name) => show(sample(name)).match(/<h1>(.*?)<\/h1>/)?.[1]);
    expect(new Set(headlines).size).toBe(6);
  });

  test.each([
    ['lost', 'Continue'],
    ['refused', 'Try again'],
    ['account_not_allowed', 'Use another account'],
  ])('offer after a sign-in that ended with “%s” the button “%s”', (problem, label) => {
    expect(show(sample(`sign-in problem ${problem}`))).toContain(`>${label}</a>`);
  });

  test('ask before signing out, and post to their own address', () => {
    expect(show(sample('sign-out confirmation'))).toMatch(/<form method="post"><input type="hidden" name="token"/);
  });

  test('say that the provider may still be open', () => {
    expect(textOf(show(sample('signed out'), { person: undefined }))).toContain('still be signed in to Corp account');
  });
});

describe('the page that proves a registered browser', () => {
  test('names the app, or says “This app” at the start of a sentence', () => {
    const named = show(sample('proof of a registered browser'));
    expect(textOf(named)).toContain('Payroll opens in a browser that you registered');
    expect(named).toContain('<title>Payroll opens in a browser that you registered · Postern</title>');
    expect(textOf(show(sample('no registered browser')))).toContain('This app opens in a browser that you registered');
  });

  test('does not speak of a check where there is no key to check', () => {
    const text = textOf(show(sample('no registered browser')));
    expect(text).toContain('This browser is not registered for your account');
    expect(text).not.toContain('checked');
  });
});

describe('the device page', () => {
  test('lists each check and which apps wait for it', () => {
    const text = textOf(show(sample('device')));
    expect(text).toContain('We know this device.');
    expect(text).toContain('Managed laptop Something needs a change');
    expect(text).toContain('Closed until this is fixed: Payroll, Console');
    expect(text).toContain('Everything is in order');
    expect(text).toContain('Asked for by: Wiki');
  });

  test('names the device by its id for support alone, and is checked again by a link to itself', () => {
    const html = show(sample('device'));
    expect(html.replace(/<pre>.*?<\/pre>/s, '')).not.toContain('ada-laptop');
    expect(textOf(html)).toContain('Device: ada-laptop');
    expect(html).toContain('href="/.postern/device">Check again</a>');
    expect(show(sample('unknown device page'))).toContain('href="/.postern/device">Check again</a>');
  });

  test('without a device leads first to the address that asks for a certificate, where one does', () => {
    const page = sample('unknown device page');
    const url = 'https://auth.corp.example:4443/.postern/device';
    const html = show({ ...page, certificateUrl: url } as Page);
    expect(html).toContain(`<a class="button" href="${url}">Show this device’s certificate</a>`);
    expect(html).toContain('<a class="button second" href="/.postern/device">Check again</a>');
    expect(textOf(html)).toContain('This address asks for no certificate; another address of this page does.');
    expect(textOf(show(page))).toContain('close your browser and open it again');
    expect(show(page)).not.toContain('Show this device’s certificate');
  });

  test.each([
    ['device page with a browser to confirm', 'Confirm that it’s you', 'Check again'],
    ['device', 'Check again', undefined],
  ])('has one button to press on “%s”, the one that helps: “%s”', (name, first, second) => {
    const html = show(sample(name));
    const labelled = (look: string) => [...html.matchAll(new RegExp(`class="${look}"[^>]*>([^<]*)<`, 'g'))];
    expect(labelled('button').map(([, label]) => label)).toEqual([first]);
    expect(labelled('button second').map(([, label]) => label)).toEqual(second === undefined ? [] : [second]);
  });

  test('says of each registered browser when and from where it was registered', () => {
    const text = textOf(show(sample('device page with registered browsers')));
    expect(text).toMatch(/Chrome, Linux Registered Jan 4, 2026, 14:02 UTC \(1 day ago\) ?, from 203\.0\.113\.7/);
  });

  test('without a device says what the apps would ask of one, and which stay closed', () => {
    const text = textOf(show(sample('unknown device page with apps')));
    expect(text).toContain('We don’t recognise this device');
    expect(text).toContain('Needs a device that we know');
    expect(text).toContain('Closed until this is fixed: Payroll');
    expect(text).toContain('Disk encryption · Not reported');
    expect(text).toContain('Operating system version · Not reported');
    expect(text).toContain('Needs: at least 14.0');
  });

  test('says the name, the value, the need, the source and the age of a comparison, in both languages', () => {
    const page: Page = {
      kind: 'device',
      deviceId: 'x',
      postures: [
        {
          posture: 'p',
          result: 'stale',
          checks: [
            {
              check: 'os_version >= 15.4',
              result: 'stale',
              value: '15.3.1',
              source: 'fleet',
              asOfMs: nowMs - 7_200_000,
            },
          ],
          apps: ['Payroll'],
          blocks: ['Payroll'],
        },
      ],
    };
    const text = textOf(show(page));
    expect(text).toContain('Operating system version · Out of date');
    expect(text).toMatch(/Seen: 15\.3\.1\s*, Needs: at least 15\.4\s*, reported by Fleet\s*, .*2 hours ago/);
    const german = textOf(show(page, { acceptLanguage: 'de' }));
    expect(german).toContain('Version des Betriebssystems · Veraltet');
    expect(german).toContain('Nötig: mindestens 15.4');
  });

  test('does not ask to fix what cannot be checked', () => {
    const text = textOf(show(sample('device in its grace')));
    expect(text).toContain('Can’t be checked right now Closed until it can be checked: Console');
    expect(text).toContain('The device has not reported for too long Closed until this is fixed: Payroll');
    expect(text).toContain('Apps stay open until Jan 11, 2026, 14:02 UTC (in 6 days).');
  });

  test('takes a result that it does not know for “not reported”, never for a pass', () => {
    const page: Page = {
      kind: 'device',
      deviceId: 'x',
      postures: [{ posture: 'p', result: 'toString', checks: [], apps: [], blocks: [] }],
    };
    expect(textOf(show(page))).toContain('Something was never reported');
  });
});

describe('the words of a problem body', () => {
  test('are a constant title and a detail that names the app and its owner', () => {
    expect(renderer.words('not_in_required_group', { acceptLanguage: 'en', app: payroll })).toEqual({
      title: 'Your account is not on the list',
      detail:
        'You are signed in, but Payroll has not been opened for this account. Ask payroll-owners@corp.example for access.',
      language: 'en',
    });
  });

  test('come in the client’s language', () => {
    const words = renderer.words('upstream_timeout', { acceptLanguage: 'de-DE', app: undefined });
    expect(words.language).toBe('de');
    expect(words.detail).toContain('diese App hat nicht rechtzeitig geantwortet');
  });

  test('do not tell whether a route exists', () => {
    const words = renderer.words('route_unknown', { acceptLanguage: undefined, app: payroll });
    expect(JSON.stringify(words)).not.toMatch(/payroll/i);
  });
});

describe('a page with the branding of a company', () => {
  const logo = { type: 'image/svg+xml', bytes: Buffer.from('<svg/>'), hash: 'c0ffee'.repeat(10) } as const;
  const branding = {
    name: 'Corp & Sons',
    logo,
    help: 'it@corp.example',
    accent: '#7a0046',
    timeZone: 'Europe/Berlin',
  };

  test.each(names)('names the company, its logo and its help: %s', (name) => {
    const html = show(sample(name), { branding });
    expect(html).toContain('Corp &amp; Sons</title>');
    expect(html).toContain('href="mailto:it@corp.example?subject=');
    const isFramed = name.startsWith('framed');
    expect(html.includes('<img class="logo" src="/.postern/logo?v=c0ffeec0ffeec0ff"')).toBe(!isFramed);
  });

  test.each(names)('has exactly the styles that its policy allows: %s', (name) => {
    const html = show(sample(name), { branding });
    const styles = [...html.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(([, style = '']) => style);
    expect(styles).toHaveLength(2);
    const hashes = styles.map((style) => `'sha256-${createHash('sha256').update(style).digest('base64')}'`);
    expect(renderer.contentSecurityPolicyFor(sample(name), { branding })).toContain(`style-src ${hashes.join(' ')};`);
  });

  test('tells times in its zone, and says which that is', () => {
    const html = textOf(show(failingDevice, { branding: { timeZone: 'Asia/Tokyo' } }));
    expect(html).toContain('23:00 GMT+9');
  });

  test('without any is Postern’s own', () => {
    expect(show(failingDevice, { branding: {} })).toBe(show(failingDevice));
    const policy = renderer.contentSecurityPolicyFor(failingDevice, { branding: {} });
    expect(policy).toBe(renderer.contentSecurityPolicyFor(failingDevice));
  });

  test('leads out of a frame to its help as well', () => {
    const html = show(sample('framed denial'), { branding: { help: 'https://help.corp.example/gate' } });
    const links = html.match(/<a [^>]*>/g) ?? [];
    expect(links).toHaveLength(2);
    for (const link of links) expect(link).toContain('target="_top"');
  });

  test('links to a page of help as well', () => {
    const html = show(refusal('explicit_deny'), { branding: { help: 'https://help.corp.example/gate' } });
    expect(html).toContain('<a href="https://help.corp.example/gate">');
  });
});

describe('a renderer', () => {
  test('shows times in the zone that it was given, and refuses one that does not exist', () => {
    const berlin = createPageRenderer({ timeZone: 'Europe/Berlin', productName: 'Corp' });
    const html = berlin.render({ ...failingDevice, lastCheckedMs: nowMs }, context);
    expect(html).toContain('15:02 GMT+1');
    expect(html).toContain(' · Corp</title>');
    expect(() => createPageRenderer({ timeZone: 'Mars/Olympus' })).toThrow();
  });

  test('survives times that are no times', () => {
    expect(() => show({ ...failingDevice, lastCheckedMs: Number.NaN })).not.toThrow();
  });
});
