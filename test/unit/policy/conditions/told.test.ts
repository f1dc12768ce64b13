import { describe, expect, test } from '@jest/globals';
import type { PostureFacts } from '../../../../src/decision/facts.ts';
import { conditionsOfDenials, conditionsOfGrants } from '../../../../src/policy/conditions/all-conditions.ts';
import type { Wording } from '../../../../src/policy/conditions/condition-words.ts';
import { ada, facts, minute, network, nowMs, pathPrefix, riskOf } from '../../../support/judgement-policy.ts';

const {
  auth,
  claims,
  device,
  domains,
  emails,
  groups,
  hours,
  methods,
  networks,
  paths,
  provider,
  risk,
  services,
  when,
} = conditionsOfGrants;

const wording: Wording = {
  duration: (ms) => `${ms / minute}m`,
  clockTime: (ms) => new Date(ms).toISOString().slice(11, 16),
  ageBefore: (ms, now) => `${(now - ms) / minute} min before`,
};
const calm = facts();
const nobody = facts({ person: undefined });
const asked = { value: undefined, isMet: false };
const withClaims = (all: Record<string, string | number>) => facts({ person: { ...ada, claims: all } });
const said = '(idp:corp, 08:55, 5 min before)';
const service = { ...nobody, service: { serviceId: 'build', provedBy: 'token', source: 's', asOfMs: 1 } } as const;

describe('the facts that a key read', () => {
  test.each<[string, () => readonly string[], readonly string[]]>([
    ['groups', () => groups.factsRead(calm, asked, wording), [`groups finance, staff ${said}`]],
    [
      'no groups',
      () => groups.factsRead(facts({ person: { ...ada, groups: [] } }), asked, wording),
      [`groups none ${said}`],
    ],
    [
      'groups that nobody told',
      () => groups.factsRead(facts({ person: { ...ada, groups: undefined } }), asked, wording),
      [`groups not known ${said}`],
    ],
    ['groups of nobody', () => groups.factsRead(nobody, asked, wording), ['nobody was signed in']],
    ['an address', () => emails.factsRead(calm, asked, wording), [`ada@corp.example ${said}`]],
    ['an address of nobody', () => emails.factsRead(nobody, asked, wording), ['nobody was signed in']],
    [
      'no address',
      () => domains.factsRead(facts({ person: { ...ada, email: undefined, isEmailVerified: false } }), asked, wording),
      [`no address ${said}`],
    ],
    [
      'an address that nobody vouches for',
      () => domains.factsRead(facts({ person: { ...ada, isEmailVerified: false } }), asked, wording),
      [`ada@corp.example, not verified ${said}`],
    ],
    [
      'claims',
      () => claims.factsRead(withClaims({ unit: 'a', level: 3 }), asked, wording),
      [`claims unit = "a", level = 3 ${said}`],
    ],
    [
      'long claims',
      () => claims.factsRead(withClaims({ unit: 'x'.repeat(300) }), asked, wording),
      [`claims unit = "${'x'.repeat(199)} ${said}`],
    ],
    ['no claims', () => claims.factsRead(withClaims({}), asked, wording), [`none of the claims ${said}`]],
    ['claims that nobody kept', () => claims.factsRead(calm, asked, wording), [`none of the claims ${said}`]],
    ['claims of nobody', () => claims.factsRead(nobody, asked, wording), ['nobody was signed in']],
    ['a condition that is not at hand', () => when.factsRead(calm, asked, wording), [`none of the claims ${said}`]],
    ['a provider', () => provider.factsRead(calm, asked, wording), ['signed in with corp']],
    ['a provider of nobody', () => provider.factsRead(nobody, asked, wording), ['nobody was signed in']],
    ['a service', () => services.factsRead(service, asked, wording), ['service build']],
    ['no service', () => services.factsRead(calm, asked, wording), ['no service']],
    ['a method', () => methods.factsRead(calm, asked, wording), ['method GET']],
    ['a path', () => paths.factsRead(calm, asked, wording), ['path /reports/2026']],
    ['an address of the client', () => networks.factsRead(calm, asked, wording), ['address 203.0.113.7']],
    [
      'no address of the client',
      () => networks.factsRead({ ...calm, request: { ...calm.request, address: undefined } }, asked, wording),
      ['address not known'],
    ],
    ['hours', () => hours.factsRead(calm, asked, wording), ['asked at 2026-01-05T09:00:00.000Z']],
    ['a proof', () => auth.factsRead(calm, asked, wording), ['proved: password 08:00, 60 min before']],
    [
      'several proofs',
      () => auth.factsRead(facts({ provedAtMs: { password: nowMs - minute, otp: nowMs } }), asked, wording),
      ['proved: password 08:59, 1 min before; otp 09:00, 0 min before'],
    ],
    ['no proof', () => auth.factsRead(facts({ provedAtMs: {} }), asked, wording), ['nothing was proved']],
    ['a proof of nobody', () => auth.factsRead(nobody, asked, wording), ['nothing was proved']],
    ['no risk', () => risk.factsRead(facts({ risk: undefined }), asked, wording), ['risk not known']],
    [
      'risk',
      () => risk.factsRead(facts({ risk: riskOf(40) }), asked, wording),
      ['risk 40 (session, 09:00)', '  40 new_network: moved (since 08:59)'],
    ],
  ])('%s', (_what, found, words) => {
    expect(found()).toEqual(words);
  });
});

describe('the device, in words', () => {
  const check = (name: string, result: 'pass' | 'fail' | 'stale' | 'unknown', more: object = {}) => ({
    check: name,
    result,
    ...more,
  });
  const reported = { source: 'mdm', asOfMs: nowMs - 2 * minute };
  const judged = (result: PostureFacts['result'], checks: PostureFacts['checks'], more: object = {}): PostureFacts => ({
    posture: 'managed',
    result,
    checks,
    ...more,
  });
  const mixed = [
    check('disk', 'pass', { value: true, ...reported }),
    check('os', 'fail', { value: '9.1', ...reported }),
  ];
  const on = (posture: PostureFacts, isMet: boolean, value?: string) =>
    device.factsRead(facts({ posture }), { value, isMet }, wording);
  const seenThen = 'reported 08:58, 2 min before';

  test('tells all checks of what it passed, and of what it failed those that failed', () => {
    expect(on(judged('pass', mixed), true)).toEqual([
      `posture managed: disk = true (mdm, ${seenThen}), os = 9.1 (mdm, ${seenThen})`,
    ]);
    expect(on(judged('fail', mixed), false)).toEqual([`posture managed: os = 9.1 (mdm, ${seenThen})`]);
  });

  test('tells how long a warning lasts, and of what it warns', () => {
    const warned = judged('warned', mixed, { warnedUntilMs: nowMs + minute });
    expect(on(warned, true)).toEqual([
      `posture managed: warned until 2026-01-05T09:01:00.000Z: os = 9.1 (mdm, ${seenThen})`,
    ]);
    expect(on(judged('warned', []), true)).toEqual(['posture managed: warned']);
  });

  test('tells what is stale, what was never reported, and what has no value', () => {
    const checks = [
      check('disk', 'stale', { value: true, ...reported }),
      check('os', 'unknown'),
      check('av', 'fail', { asOfMs: reported.asOfMs }),
    ];
    expect(on(judged('stale', checks), false)).toEqual([
      `posture managed: disk = true, stale (mdm, ${seenThen}), os = unknown (never reported), av = fail (source not known, ${seenThen})`,
    ]);
  });

  test('tells of the posture that was asked for, and else of those that came out so', () => {
    const none = ['device ada-laptop: no posture was judged'];
    expect(on(judged('fail', mixed), true)).toEqual(none);
    expect(on(judged('pass', mixed), false)).toEqual(none);
    expect(on(judged('pass', []), false, 'managed')).toEqual(['posture managed: pass']);
    expect(on(judged('pass', []), true, 'known')).toEqual(none);
    expect(device.factsRead(facts({ posture: 'no_device' }), asked, wording)).toEqual(['no device certificate']);
  });

  test('is told the other way round by a denial that it meets by failing', () => {
    const posture = judged('fail', mixed);
    const words = [`posture managed: os = 9.1 (mdm, ${seenThen})`];
    expect(
      conditionsOfDenials.deviceFails.factsRead(facts({ posture }), { value: undefined, isMet: true }, wording),
    ).toEqual(words);
  });

  test('is asked for with what it fails, and with what is absent', () => {
    const failing = [
      check('disk', 'pass', { value: true }),
      check('os', 'fail', { value: '9.1' }),
      check('av', 'unknown'),
    ];
    const wanted = (posture: PostureFacts | 'no_device', name = 'managed') =>
      device.wanted(name, facts({ posture }), 'not given', wording);
    expect(wanted(judged('fail', failing))).toBe('posture managed: os = 9.1, av = unknown');
    expect(wanted('no_device')).toBe('posture managed (not given)');
    expect(wanted(judged('fail', failing), 'toString')).toBe('posture toString (not given)');
  });
});

describe('what would have to be otherwise', () => {
  const hoursOf = { source: '09:00-17:00 UTC', zone: 'UTC', contains: () => true, nextOpeningMs: () => undefined };
  test.each<[string, () => string, string]>([
    ['groups', () => groups.wanted(new Set(['a', 'b']), calm, 'not known', wording), 'one of the groups a, b'],
    [
      'addresses',
      () => emails.wanted(new Set(['a@b.example']), calm, 'not known', wording),
      'one of the addresses a@b.example',
    ],
    ['domains', () => domains.wanted(new Set(['b.example']), calm, 'not known', wording), 'an address of b.example'],
    [
      'services',
      () => services.wanted(new Set(['build', 'sync']), calm, 'not known', wording),
      'one of the services build, sync',
    ],
    ['a provider', () => provider.wanted('corp', calm, 'not known', wording), 'sign-in with corp'],
    ['methods', () => methods.wanted(new Set(['GET', 'HEAD']), calm, 'not known', wording), 'method GET, HEAD'],
    [
      'paths',
      () => paths.wanted([pathPrefix('/a/'), pathPrefix('/b/')], calm, 'not known', wording),
      'path /a/**, /b/**',
    ],
    ['networks', () => networks.wanted(network(), calm, 'not known', wording), 'network office'],
    [
      'claims',
      () =>
        claims.wanted(
          [
            { claim: 'unit', values: new Set(['a', 'b']) },
            { claim: 'level', values: new Set([3]) },
          ],
          calm,
          'not known',
          wording,
        ),
      'claim unit = a or b, claim level = 3',
    ],
    ['hours', () => hours.wanted(hoursOf, calm, 'not known', wording), 'within 09:00-17:00 UTC'],
    ['hours that are not at hand', () => hours.wanted(undefined, calm, 'not known', wording), 'within the hours'],
    [
      'a condition that is not at hand',
      () => when.wanted(undefined, calm, 'not known', wording),
      'when the condition holds',
    ],
    ['risk', () => risk.wanted({ below: 40 }, facts({ risk: riskOf(50) }), 'not known', wording), 'risk below 40 (50)'],
    [
      'risk that nobody knows',
      () => risk.wanted({ below: 40 }, facts({ risk: undefined }), 'not given', wording),
      'risk below 40 (not given)',
    ],
    [
      'risk by the levels',
      () => risk.wanted(undefined, calm, 'not known', wording),
      'risk that the levels let pass (0)',
    ],
    [
      'a proof',
      () => auth.wanted({ methods: ['otp', 'passkey'], maxAgeMs: 15 * minute }, calm, 'not known', wording),
      'otp or passkey (max_age 15m; last password 60m ago)',
    ],
    [
      'a proof of any age',
      () => auth.wanted({ methods: ['otp'], maxAgeMs: undefined }, facts({ provedAtMs: {} }), 'not known', wording),
      'otp',
    ],
    [
      'a proof of nobody',
      () => auth.wanted({ methods: ['otp'], maxAgeMs: undefined }, nobody, 'not given', wording),
      'otp (not given)',
    ],
  ])('%s', (_what, found, words) => {
    expect(found()).toBe(words);
  });

  test('is a word or two where a list has no room for more', () => {
    const proof = { methods: ['otp', 'passkey'], maxAgeMs: undefined } as const;
    expect([auth.need?.(proof), auth.need?.(undefined)]).toEqual(['otp or passkey', 'step-up']);
    expect([networks.need?.(network()), networks.need?.(undefined)]).toEqual(['network office', 'network']);
    expect([device.need?.('managed'), risk.need?.({ below: 1 })]).toEqual(['device check', 'lower risk']);
  });
});
