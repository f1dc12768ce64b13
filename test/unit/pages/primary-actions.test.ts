import { describe, expect, test } from '@jest/globals';
import type { ReasonCode } from '../../../src/decision/reason.ts';
import { createPageRenderer } from '../../../src/pages/create-page-renderer.tsx';
import type { Page } from '../../../src/pages/page.ts';
import { context, payroll, refusal } from '../../support/pages-samples.ts';

const renderer = createPageRenderer({ help: 'help@corp.example' });

/** What stands on the button to press, where all that a gateway can know is known. */
const primary: Readonly<Record<ReasonCode, string>> = {
  granted: 'Try again',
  public_route: 'Try again',
  preflight: 'Your apps',
  login_required: 'Sign in',
  session_expired: 'Sign in again',
  session_revoked: 'Sign in again',
  step_up_required: 'Confirm that it’s you',
  reauth_required: 'Confirm that it’s you',
  account_locked: 'Ask for help',
  not_in_required_group: 'Ask for access',
  wrong_account: 'Switch account',
  explicit_deny: 'Ask for access',
  method_not_granted: 'Ask for access',
  path_not_granted: 'Ask for access',
  device_unknown: 'See what is checked on this device',
  device_not_compliant: 'Check again',
  posture_stale: 'Check again',
  posture_unavailable: 'Check again',
  network_not_allowed: 'Check again',
  outside_hours: 'Check again',
  condition_not_met: 'Ask for access',
  risk_too_high: 'Sign out, then sign in again',
  step_up_not_met: 'Ask for help',
  origin_not_allowed: 'Open Payroll',
  websocket_not_allowed: 'Ask for help',
  request_malformed: 'Your apps',
  service_unknown: 'Ask for help',
  credentials_conflict: 'Try again',
  sign_in_lost: 'Sign in',
  sign_in_refused: 'Sign in',
  cookies_missing: 'Sign in',
  route_unknown: 'Your apps',
  request_too_large: 'Your apps',
  trailers_refused: 'Your apps',
  rate_limited: 'Try again',
  idp_unavailable: 'Try again',
  state_unavailable: 'Try again',
  audit_unavailable: 'Try again',
  policy_error: 'Try again',
  shutting_down: 'Try again',
  identity_too_large: 'Ask for help',
  upstream_busy: 'Try again',
  upstream_unreachable: 'Try again',
  upstream_timeout: 'Try again',
};

/** The buttons of a page, in order, with where each leads. */
function buttonsOf(page: Page, renders = renderer): readonly { readonly label: string; readonly url: string }[] {
  const html = renders.render(page, context);
  return [...html.matchAll(/<a class="button[^"]*" href="([^"]*)">(.*?)<\/a>/g)].map(([, url = '', label = '']) => ({
    label,
    url: url.replaceAll('&amp;', '&'),
  }));
}

describe('the button to press', () => {
  test.each(Object.entries(primary) as [ReasonCode, string][])('for %s is “%s”', (reason, label) => {
    expect(buttonsOf(refusal(reason))[0]?.label).toBe(label);
  });

  test('of an unknown device leads to where its certificate is asked for, when there is such a place', () => {
    const page = refusal('device_unknown', { deviceUrl: 'https://payroll.corp.example:4443/' });
    expect(buttonsOf(page)[0]).toEqual({
      label: 'Open with this device’s certificate',
      url: 'https://payroll.corp.example:4443/',
    });
  });

  test('is the next best one where nobody can be written to', () => {
    const app = { ...payroll, owner: 'the payroll team, room 12' };
    const nobody = createPageRenderer();
    expect(buttonsOf(refusal('not_in_required_group', { app }), nobody)[0]?.label).toBe('Check again');
    expect(buttonsOf(refusal('account_locked', { app: undefined }), nobody)[0]?.label).toBe('Check again');
  });

  test('asks the people of the app for help where nobody else is named for it', () => {
    const url = buttonsOf(refusal('account_locked'), createPageRenderer())[0]?.url;
    expect(url).toMatch(/^mailto:payroll-owners@corp\.example\?/);
    expect(buttonsOf(refusal('account_locked'))[0]?.url).toMatch(/^mailto:help@corp\.example\?/);
  });
});

describe('the other ways of a page', () => {
  const html = (reason: ReasonCode) => renderer.render(refusal(reason), context);

  test.each<ReasonCode>(['explicit_deny', 'method_not_granted', 'condition_not_met'])(
    'of %s are those to access',
    (reason) => {
      expect(html(reason)).toMatch(/Ask .*payroll-owners@corp\.example.* for access/);
      expect(html(reason)).toContain('Use another account.');
    },
  );

  test.each<ReasonCode>(['origin_not_allowed', 'websocket_not_allowed'])(
    'of %s promise nothing of access',
    (reason) => {
      expect(html(reason)).not.toMatch(/ for access|Use another account/);
      expect(html(reason)).toMatch(/payroll-owners@corp\.example.* looks after/);
    },
  );
});

describe('a message that asks for access', () => {
  const url = buttonsOf(refusal('not_in_required_group'))[0]?.url ?? '';

  test('goes to the owner of the app, with the decision in its subject and what support needs in its text', () => {
    const mail = new URL(url);
    expect(mail.pathname).toBe('payroll-owners@corp.example');
    expect(mail.searchParams.get('subject')).toBe(`Access to Payroll (${context.decisionId})`);
    expect(mail.searchParams.get('body')).toBe(
      [
        '',
        '',
        `Decision: ${context.decisionId}`,
        'Time: 2026-01-05T14:02:00.000Z',
        'Account: ada@corp.example',
        'App: Payroll (payroll.corp.example)',
        'Reason: not_in_required_group',
      ].join('\r\n'),
    );
  });

  test('adds nobody to its receivers, whatever the title of the app says', () => {
    const app = { ...payroll, title: 'Pay&cc=evil@x.example\r\nBcc: evil@x.example' };
    const mail = new URL(buttonsOf(refusal('not_in_required_group', { app }))[0]?.url ?? '');
    expect([...mail.searchParams.keys()]).toEqual(['subject', 'body']);
  });

  test('is a page that is told the decision and the app, and not who asks, where the owner is a page', () => {
    const app = { ...payroll, owner: 'https://requests.corp.example/new?form=7' };
    expect(buttonsOf(refusal('not_in_required_group', { app }))[0]?.url).toBe(
      `https://requests.corp.example/new?form=7&decision=${context.decisionId}&app=payroll`,
    );
  });
});
