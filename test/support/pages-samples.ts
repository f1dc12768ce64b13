import { createDecisionIdGenerator } from '../../src/decision/decision-id.ts';
import type { ReasonCode } from '../../src/decision/reason.ts';
import { reasonCatalogue, reasonCodes } from '../../src/decision/reason.ts';
import { refusalPage } from '../../src/pages/build-answer.ts';
import type { AppSummary, Page, PageContext, PersonSession } from '../../src/pages/page.ts';

export const nowMs = Date.UTC(2026, 0, 5, 14, 2);

export const payroll: AppSummary = {
  name: 'payroll',
  title: 'Payroll',
  host: 'payroll.corp.example',
  owner: 'payroll-owners@corp.example',
};

export const context: PageContext = {
  acceptLanguage: 'en',
  decisionId: createDecisionIdGenerator(() => 0.5)(nowMs),
  nowMs,
  authOrigin: 'https://auth.corp.example',
  person: { name: 'Ada Lovelace', email: 'ada@corp.example' },
  isDevelopment: false,
};

type Refusal = Extract<Page, { readonly kind: 'refusal' }>;

/** A refusal with everything that a gateway can know. */
export function refusal(reason: ReasonCode, changes: Partial<Refusal> = {}): Refusal {
  return refusalPage({
    reason,
    status: reasonCatalogue[reason].status,
    app: payroll,
    retryUrl: 'https://payroll.corp.example/payslips?year=2026',
    signInUrl: 'https://auth.corp.example/.postern/login?rt=01J',
    switchAccountUrl: 'https://auth.corp.example/.postern/login?switch=1',
    ...changes,
  });
}

export const failingDevice = refusal('device_not_compliant', {
  lastCheckedMs: nowMs - 120_000,
  checks: [
    { check: 'screen_lock', result: 'pass', value: true, source: 'self', asOfMs: nowMs - 120_000 },
    {
      check: 'disk_encrypted',
      result: 'fail',
      value: false,
      source: 'self',
      asOfMs: nowMs - 120_000,
      helpUrl: 'https://help.corp.example/filevault',
    },
    {
      check: 'os_version',
      result: 'fail',
      value: '13.6.1',
      source: 'fleet',
      asOfMs: nowMs - 3 * 86_400_000,
      helpUrl: 'https://help.corp.example/update',
    },
    { check: 'edr_agent', result: 'unknown' },
    { check: 'firewall', result: 'stale', value: true, source: 'admin', asOfMs: nowMs - 40 * 86_400_000 },
  ],
});

const problems = [
  'lost',
  'cancelled',
  'step_up_cancelled',
  'refused',
  'account_not_allowed',
  'cookies_missing',
] as const;

const thisBrowser: PersonSession = {
  id: 'ses_01KE70000000000000000000A1',
  isCurrent: true,
  browser: 'Firefox',
  system: 'Linux',
  address: '203.0.113.5',
  signedInAtMs: nowMs - 3_600_000,
  lastSeenAtMs: nowMs,
  expiresAtMs: nowMs + 11 * 3_600_000,
  provedAtMs: { password: nowMs - 3_600_000, otp: nowMs - 600_000 },
};
const elsewhere: PersonSession = {
  ...thisBrowser,
  id: 'ses_01KE70000000000000000000A2',
  isCurrent: false,
  browser: 'Chrome',
  system: 'Windows',
  address: '2001:db8::7',
  lastSeenAtMs: nowMs - 900_000,
  provedAtMs: { password: nowMs - 3_600_000 },
};
const unnamed: PersonSession = {
  ...elsewhere,
  id: 'ses_01KE70000000000000000000A3',
  browser: undefined,
  system: undefined,
  provedAtMs: {},
};

/** Every page that employees can get, by a name for test titles. */
export const samplePages: ReadonlyMap<string, Page> = new Map<string, Page>([
  ...reasonCodes.map((reason): [string, Page] => [`refusal ${reason}`, refusal(reason)]),
  ['denial with failing checks', failingDevice],
  ['denial without anything known', { ...refusal('not_in_required_group'), app: undefined, retryUrl: undefined }],
  [
    'denial with a message and requirements',
    refusal('explicit_deny', {
      userMessage: { en: 'Contractors use the vendor portal instead.', fr: 'Utilisez le portail des fournisseurs.' },
      requirements: ['groups', 'device'],
    }),
  ],
  ['unknown device', refusal('device_unknown', { deviceUrl: 'https://payroll.corp.example:4443/' })],
  [
    'closed until tomorrow',
    refusal('outside_hours', { nextOpening: { atMs: Date.UTC(2026, 0, 6, 6), zone: 'Europe/Berlin' } }),
  ],
  [
    'locked with a message',
    refusal('account_locked', {
      lock: {
        on: 'person',
        untilMs: nowMs + 7 * 3_600_000,
        message: 'Your laptop was reported lost.\nCall the service desk: 4711.',
      },
    }),
  ],
  [
    'paused for a risk that is told',
    refusal('risk_too_high', { signals: ['impossible_travel', 'new_device', 'denials'] }),
  ],
  ['posted too late', refusal('session_expired', { isPosted: true })],
  ['posted without a fresh proof', refusal('reauth_required', { isPosted: true })],
  ['posted to a broken app', refusal('upstream_timeout', { isPosted: true })],
  ['posted and denied', refusal('method_not_granted', { isPosted: true })],
  ['framed sign-in', refusal('login_required', { isFramed: true })],
  ['framed denial', { ...failingDevice, isFramed: true }],
  [
    'way past a service worker',
    {
      kind: 'way_in',
      app: payroll,
      enterUrl: 'https://payroll.corp.example/.postern/enter',
      appUrl: 'https://payroll.corp.example/',
    },
  ],
  ['end of that way', { kind: 'entered', app: payroll }],
  [
    'sent by another site',
    {
      kind: 'sent_here',
      app: payroll,
      from: 'https://idp.example',
      sealed: 'a-sealed-post',
      asks: 'nothing',
      openUrl: 'https://payroll.corp.example/',
    },
  ],
  ...(['sign_in', 'proof'] as const).map((asks): [string, Page] => [
    `sent by another site before a ${asks}`,
    {
      kind: 'sent_here',
      app: undefined,
      from: undefined,
      sealed: 'a-sealed-post',
      asks,
      openUrl: 'https://payroll.corp.example/',
    },
  ]),
  [
    'sign-in choice',
    {
      kind: 'sign_in_choice',
      app: payroll,
      providers: [
        { title: 'Corp account', url: 'https://auth.corp.example/.postern/login?provider=corp', isAway: false },
        { title: 'Partner account', url: 'https://auth.corp.example/.postern/login?provider=partner', isAway: true },
      ],
    },
  ],
  ['sign-in choice without a provider', { kind: 'sign_in_choice', app: undefined, providers: [] }],
  [
    'step-up',
    {
      kind: 'step_up',
      app: payroll,
      providerTitle: 'Corp account',
      methods: ['otp', 'passkey'],
      maxAgeMs: 300_000,
      provedAtMs: nowMs - 7_140_000,
      isUnusual: false,
      signals: [],
      continueUrl: '/.postern/step-up?rt=01J&go=a-token',
      notNowUrl: 'https://auth.corp.example/?later=01J',
    },
  ],
  [
    'step-up by risk',
    {
      kind: 'step_up',
      app: payroll,
      providerTitle: 'Corp account',
      methods: ['password', 'otp'],
      maxAgeMs: undefined,
      provedAtMs: undefined,
      isUnusual: true,
      signals: ['disowned_session', 'new_network'],
      continueUrl: '/.postern/step-up?rt=01J&go=a-token',
      notNowUrl: 'https://auth.corp.example/?later=01J',
    },
  ],
  [
    'provider away',
    {
      kind: 'provider_away',
      app: payroll,
      providerTitle: 'Corp account',
      retryUrl: '/.postern/login/corp?rt=01J',
      anywayUrl: '/.postern/login/corp?rt=01J&anyway=1',
      others: [{ title: 'Partner account', url: '/.postern/login/partner?rt=01J' }],
      isSignedIn: false,
    },
  ],
  [
    'provider away before a proof',
    {
      kind: 'provider_away',
      app: payroll,
      providerTitle: 'Corp account',
      retryUrl: '/.postern/step-up?rt=01J',
      anywayUrl: undefined,
      others: [],
      isSignedIn: true,
    },
  ],
  ...problems.map((problem): [string, Page] => [
    `sign-in problem ${problem}`,
    { kind: 'sign_in_problem', problem, continueUrl: 'https://auth.corp.example/.postern/login?rt=01J', app: payroll },
  ]),
  [
    'portal',
    {
      kind: 'portal',
      signOutToken: 'token-of-the-form',
      tiles: [
        tile('wiki', 'Wiki', 'Handbook, meeting notes and how-tos', 'ready'),
        tile('dashboard', 'Dashboard', 'Live numbers of all services', 'ready'),
        { ...tile('payroll', 'Payroll', 'Salaries and payslips', 'needs_step_up'), reason: 'reauth_required' },
        { ...tile('console', 'Console', 'Operate production', 'fix_device'), reason: 'device_not_compliant' },
        { ...tile('vault', 'Vault', undefined, 'device_unknown'), reason: 'device_unknown' },
      ],
    },
  ],
  [
    'portal after a proof was put off',
    {
      kind: 'portal',
      signOutToken: 'token-of-the-form',
      postponed: { app: payroll, confirmUrl: '/.postern/step-up?rt=01J' },
      tiles: [
        tile('wiki', 'Wiki', 'Handbook, meeting notes and how-tos', 'ready'),
        { ...tile('payroll', 'Payroll', 'Salaries and payslips', 'needs_step_up'), reason: 'reauth_required' },
      ],
    },
  ],
  [
    'portal with a warning',
    {
      kind: 'portal',
      signOutToken: 'token-of-the-form',
      tiles: [
        { ...tile('wiki', 'Wiki', undefined, 'ready'), state: 'warned', warnedUntilMs: nowMs + 6 * 86_400_000 },
        { ...tile('console', 'Console', 'Operate production', 'fix_device'), reason: 'posture_stale' },
      ],
    },
  ],
  ['empty portal', { kind: 'portal', signOutToken: 'token-of-the-form', tiles: [] }],
  [
    'device',
    {
      kind: 'device',
      deviceId: 'ada-laptop',
      postures: [
        {
          posture: 'managed-laptop',
          result: 'fail',
          checks: failingDevice.checks,
          apps: ['Payroll', 'Console', 'Vault'],
          blocks: ['Payroll', 'Console'],
        },
        {
          posture: 'screen-lock-only',
          result: 'pass',
          checks: [{ check: 'screen_lock', result: 'pass', value: true, source: 'self', asOfMs: nowMs }],
          apps: ['Wiki'],
          blocks: [],
        },
      ],
    },
  ],
  [
    'device in its grace',
    {
      kind: 'device',
      deviceId: 'ada-laptop',
      postures: [
        {
          posture: 'managed-laptop',
          title: { en: 'A laptop of the company', de: 'Ein Laptop der Firma' },
          result: 'warned',
          warnedUntilMs: nowMs + 6 * 86_400_000,
          checks: [{ check: 'disk_encrypted', result: 'fail', value: false, source: 'self', asOfMs: nowMs }],
          apps: ['Wiki'],
          blocks: [],
        },
        { posture: 'seen-today', result: 'stale', checks: [], apps: ['Payroll'], blocks: ['Payroll'] },
        { posture: 'fleet', result: 'unavailable', checks: [], apps: ['Console'], blocks: ['Console'] },
      ],
    },
  ],
  [
    'device page without room for browsers',
    {
      kind: 'device',
      deviceId: 'ada-laptop',
      postures: [],
      browsers: {
        registered: Array.from({ length: 10 }, (_, at) => ({
          keyId: `key-${at}`,
          name: 'Firefox, Linux',
          address: `203.0.113.${at}`,
          registeredAtMs: nowMs - at * 86_400_000,
        })),
        token: 'a-token',
        registration: 'full',
      },
    },
  ],
  [
    'device page with registered browsers',
    {
      kind: 'device',
      deviceId: undefined,
      postures: [],
      browsers: {
        registered: [
          { keyId: 'key-1', name: 'Chrome, Linux', address: '203.0.113.7', registeredAtMs: context.nowMs - 86_400_000 },
        ],
        token: 'a-token',
        registration: { nonce: 'a-nonce' },
      },
    },
  ],
  [
    'device page with a browser to confirm',
    {
      kind: 'device',
      deviceId: 'ada-laptop',
      postures: [],
      browsers: { registered: [], token: 'a-token', registration: 'confirm_first' },
    },
  ],
  [
    'proof of a registered browser',
    {
      kind: 'prove_browser',
      app: { name: 'payroll', title: 'Payroll', host: 'payroll.corp.example', owner: undefined },
      proof: { nonce: 'a-nonce', token: 'a-token', returnTargetId: 'a-target' },
      otherWayUrl: '/.postern/step-up?rt=a-target&way=idp',
    },
  ],
  ['no registered browser', { kind: 'prove_browser', app: undefined, proof: undefined, otherWayUrl: undefined }],
  ['unknown device page', { kind: 'device', deviceId: undefined, postures: [] }],
  [
    'unknown device page with another address',
    {
      kind: 'device',
      deviceId: undefined,
      certificateUrl: 'https://auth.corp.example:4443/.postern/device',
      postures: [],
    },
  ],
  [
    'unknown device page with apps',
    {
      kind: 'device',
      deviceId: undefined,
      postures: [
        {
          posture: 'managed-laptop',
          result: 'no_device',
          checks: [
            { check: 'disk_encrypted', result: 'unknown' },
            { check: 'os_version >= 14.0', result: 'unknown' },
          ],
          apps: ['Payroll'],
          blocks: ['Payroll'],
        },
      ],
    },
  ],
  ['sessions', { kind: 'sessions', sessions: [thisBrowser, elsewhere, unnamed], token: 'a-token', notice: undefined }],
  [
    'sessions after an end',
    { kind: 'sessions', sessions: [thisBrowser], token: 'a-token', notice: { kind: 'ended', count: 2 } },
  ],
  [
    'sessions after one was disowned',
    { kind: 'sessions', sessions: [thisBrowser, unnamed], token: 'a-token', notice: { kind: 'disowned' } },
  ],
  [
    'sessions that were over',
    { kind: 'sessions', sessions: [thisBrowser], token: 'a-token', notice: { kind: 'ended', count: 0 } },
  ],
  ['disown confirmation', { kind: 'session_disown', session: elsewhere, token: 'a-token' }],
  ['sign-out confirmation', { kind: 'sign_out_confirm', signOutToken: 'token-of-the-form' }],
  [
    'signed out',
    { kind: 'signed_out', providerTitle: 'Corp account', signInUrl: 'https://auth.corp.example/.postern/login' },
  ],
]);

function tile(
  name: string,
  title: string,
  description: string | undefined,
  state: 'ready' | 'needs_step_up' | 'fix_device' | 'device_unknown',
) {
  const host = `${name}.corp.example`;
  return { name, title, host, url: `https://${host}/`, description, owner: undefined, state, reason: undefined };
}
