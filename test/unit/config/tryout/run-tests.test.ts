import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileConfiguration, type LoadPorts } from '../../../../src/config/load-configuration.ts';
import type { Snapshot } from '../../../../src/config/snapshot.ts';
import { createTestsCheck } from '../../../../src/config/tryout/check-tests-before-reload.ts';
import { dependenciesOf } from '../../../../src/config/tryout/depends-on.ts';
import { factsOfGiven } from '../../../../src/config/tryout/facts-of-given.ts';
import type { Given } from '../../../../src/config/tryout/policy-test.ts';
import { findUntestedRules, runTests } from '../../../../src/config/tryout/run-tests.ts';
import { evaluate } from '../../../../src/policy/evaluate.ts';
import { baseConfiguration, basePorts, configurationTime } from '../../../support/config-files.ts';

let ports: LoadPorts;
beforeAll(async () => {
  ports = await basePorts();
});

const payroll = baseConfiguration
  .replace('        emails: [ada@corp.example]\n        domains: [corp.example]\n', '')
  .replace('        risk: { below: 40 }\n', '');
const known =
  'groups: [finance], claims: { department: payroll }, risk: 0, network: office, now: 2026-01-05T10:00:00+01:00';
const referenceTests = `tests:
  - name: finance reaches payroll with a fresh passkey
    given: { ${known}, device: { managed-laptop: pass }, auth: { passkey: 5m } }
    request: { path: /reports/2026 }
    accept: [payroll]
  - name: an old sign-in is asked to step up
    given: { ${known}, device: { managed-laptop: pass }, auth: { password: 2h } }
    request: { path: /reports/2026 }
    step_up: [payroll]
  - name: an unencrypted disk keeps you out
    given: { ${known}, device: { managed-laptop: { fail: [disk_encrypted] } }, auth: { passkey: 5m } }
    request: { path: /reports/2026 }
    deny: { payroll: device_not_compliant }
`;

async function load(tests: string): Promise<Snapshot> {
  const result = await compileConfiguration(`${payroll}${tests}`, ports, { folder: '/etc/postern', file: 'p.yaml' });
  if (result.outcome === 'refused') throw new Error(result.problems.map(({ message }) => message).join('\n'));
  return result.snapshot;
}

async function problemsOf(tests: string): Promise<readonly string[]> {
  const result = await compileConfiguration(`${payroll}${tests}`, ports, { folder: '/etc/postern', file: 'p.yaml' });
  if (result.outcome === 'loaded') return [];
  return result.problems
    .filter(({ severity }) => severity === 'error')
    .map(({ code, message, help }) => `${code} ${message}${help === undefined ? '' : ` (${help})`}`);
}

function accept(given: string): string {
  return `tests: [{ name: one, given: { ${given} }, request: { path: /reports/1 }, accept: [payroll] }]\n`;
}

describe('tests in the file', () => {
  test('those of the reference pass, and name the rule that no test exercises', async () => {
    const snapshot = await load(referenceTests);
    const results = runTests(snapshot, configurationTime);
    expect(results.map(({ passed }) => passed)).toEqual([true, true, true]);
    expect(results.map(({ at }) => at.file)).toEqual(['p.yaml', 'p.yaml', 'p.yaml']);
    expect(findUntestedRules(snapshot, results).map(({ route, rule }) => `${route}/${rule}`)).toEqual([
      'payroll/no-contractors',
      'wiki/everyone',
    ]);
  });

  test.each([
    ['device', `groups: [finance], risk: 0, network: office, auth: { passkey: 5m }`, 'depends on device'],
    [
      'network',
      `groups: [finance], risk: 0, device: { managed-laptop: pass }, auth: { passkey: 5m }`,
      'depends on networks',
    ],
    [
      'risk',
      `groups: [finance], network: office, device: { managed-laptop: pass }, auth: { passkey: 5m }`,
      'depends on risk',
    ],
    [
      'groups',
      `risk: 0, network: office, device: { managed-laptop: pass }, auth: { passkey: 5m }`,
      'depends on groups',
    ],
  ])('an accept that depends on an unknown %s fails and says so', async (_, given, problem) => {
    const [result] = runTests(await load(accept(given)), configurationTime);
    expect(result?.cases.map((one) => one.problem)).toEqual([problem]);
  });

  test('a wrong group is told as a denial, not as something unknown', async () => {
    const [result] = runTests(await load(accept('groups: [sales]')), configurationTime);
    expect(result?.cases[0]?.problem).toBe('expected accept, got not_in_required_group');
  });

  test('a path that belongs to no such route fails', async () => {
    const snapshot = await load(
      referenceTests.replaceAll('/reports/2026', '/other').replace('accept: [payroll]', 'accept: [wiki]'),
    );
    const results = runTests(snapshot, configurationTime);
    expect(results.map(({ passed }) => passed)).toEqual([true, false, false]);
  });

  test('a failing test blocks a reload and says where it stands', async () => {
    const check = createTestsCheck(() => configurationTime);
    const good = await load(referenceTests);
    const bad = await load(accept('groups: [sales]'));
    const request = { trigger: 'signal' } as const;
    expect(await check.run(good, good, request)).toMatchObject({ outcome: 'passed', lines: ['3 passed'] });
    const blocked = await check.run(bad, good, request);
    expect(blocked.outcome).toBe('blocked');
    expect(blocked.lines[0]).toMatch(/^p\.yaml:\d+ FAIL one: payroll: expected accept, got not_in_required_group$/);
  });
});

describe('a denial that is expected', () => {
  const deny = (given: string, reason: string, more = '') =>
    `tests: [{ name: one, given: { ${given} }, request: { path: /reports/1 ${more} }, deny: { payroll: ${reason} } }]\n`;
  const problemOf = async (text: string, edit = (yaml: string) => yaml) => {
    const result = await compileConfiguration(edit(`${payroll}${text}`), ports, {
      folder: '/etc/postern',
      file: 'p.yaml',
    });
    if (result.outcome === 'refused') throw new Error(result.problems.map(({ message }) => message).join('\n'));
    return runTests(result.snapshot, configurationTime)[0]?.cases[0]?.problem;
  };
  const rest = 'device: { managed-laptop: pass }, auth: { passkey: 5m }, risk: 0, network: office';

  test.each([
    ['groups that were not given', rest, 'explicit_deny', 'depends on groups'],
    ['a denial of groups that were not given', `user: kim@corp.example, ${rest}`, 'explicit_deny', 'depends on groups'],
    [
      'a device that was not given',
      'groups: [finance], auth: { passkey: 5m }, risk: 0, network: office',
      'device_unknown',
      'depends on device',
    ],
    [
      'a place that was not given',
      `groups: [finance], ${rest.replace(', network: office', '')}`,
      'network_not_allowed',
      'depends on networks',
    ],
    [
      'a risk that was not given',
      `groups: [finance], ${rest.replace(', risk: 0', '')}`,
      'risk_too_high',
      'depends on risk',
    ],
  ])('and depends on %s fails and says so', async (_why, given, reason, problem) => {
    expect(await problemOf(deny(given, reason))).toBe(problem);
  });

  test('and depends on who is in a rollout fails and says so', async () => {
    const staged = (yaml: string) =>
      yaml.replace(
        /groups: \[contractors\]/,
        'groups: [contractors]\n        mode: partial\n        rollout: { percent: 1, by: user }',
      );
    const given = `groups: [contractors, finance], ${rest}`;
    expect(await problemOf(deny(given, 'explicit_deny'), staged)).toBe('depends on rollout');
    expect(await problemOf(deny(given, 'explicit_deny'))).toBe(undefined);
  });

  test('and depends on the time of a denial fails and says so', async () => {
    const hours = 'hours: { days: [mon, tue, wed, thu, fri], from: "07:00", to: "20:00", zone: Europe/Berlin }';
    const timed = (yaml: string) => yaml.replace(/groups: \[contractors\]/, `groups: [contractors]\n        ${hours}`);
    const given = `groups: [contractors, finance], ${rest}`;
    expect(await problemOf(deny(given, 'explicit_deny'), timed)).toBe('depends on hours');
    expect(await problemOf(deny(`${given}, now: 2026-01-05T10:00:00+01:00`, 'explicit_deny'), timed)).toBe(undefined);
  });

  test.each([
    ['a group', 'groups: [contracters]', '', /no rule names the group "contracters": did you mean "contractors"/],
    ['a method', 'groups: [sales]', ', method: DELET', /no rule names the method "DELET": did you mean "DELETE"/],
  ])('fails when it names %s that is only nearly right', async (_what, given, more, problem) => {
    expect(await problemOf(deny(given, 'not_in_required_group', more))).toMatch(problem);
  });

  test.each([
    ['who they are settles it, whatever the rest', 'groups: [sales]', 'not_in_required_group'],
    [
      'it is said that there is no device',
      'groups: [finance], device: {}, auth: { passkey: 5m }, risk: 0, network: office',
      'device_unknown',
    ],
    ['groups are counted', 'groups: [finance2]', 'not_in_required_group'],
  ])('holds when %s', async (_why, given, reason) => {
    expect(await problemOf(deny(given, reason))).toBe(undefined);
  });

  test('must name a route', async () => {
    expect(await problemsOf('tests: [{ name: a, deny: {} }]\n')).toEqual([
      expect.stringMatching(/^P007 the test expects nothing/),
    ]);
    expect(await problemsOf('tests: [{ name: a, accept: [wiki], deny: {} }]\n')).toEqual([
      expect.stringMatching(/^P007 deny names no route/),
    ]);
  });

  test('is not told from a step-up by proofs that were not given', async () => {
    const [result] = runTests(
      await load(
        `tests: [{ name: one, given: { groups: [finance], ${rest.replace(', auth: { passkey: 5m }', '')} }, request: { path: /reports/1 }, step_up: [payroll] }]\n`,
      ),
      configurationTime,
    );
    expect(result?.cases[0]?.problem).toBe('depends on auth');
  });
});

describe('tests of rules by claims, hours and a condition', () => {
  const whole = `${known}, device: { managed-laptop: pass }, auth: { passkey: 5m }`;
  const rule = `groups: [finance]
        claims: { department: payroll }
        hours: { days: [mon, tue, wed, thu, fri], from: "07:00", to: "20:00", zone: Europe/Berlin }
        when: 'claims.department == "payroll" && request.method != "DELETE" && (!has(claims.contractor) || claims.contractor == false)'`;
  const problemOf = async (given: string) => {
    const text = `${payroll.replace('groups: [finance]', rule)}${accept(given)}`;
    const result = await compileConfiguration(text, ports, { folder: '/etc/postern', file: 'p.yaml' });
    if (result.outcome === 'refused') throw new Error(result.problems.map(({ message }) => message).join('\n'));
    return runTests(result.snapshot, configurationTime)[0]?.cases[0]?.problem;
  };
  const staff = whole.replace('{ department: payroll }', '{ department: payroll, contractor: false }');

  test('an accept that depends on claims, on the time, or on whether a claim is there at all, fails and says so', async () => {
    expect(await problemOf(whole)).toBe('depends on when');
    expect(await problemOf(whole.replace(', claims: { department: payroll }', ''))).toBe('depends on claims, when');
    expect(await problemOf(staff.replace(', now: 2026-01-05T10:00:00+01:00', ''))).toBe('depends on hours');
  });

  test('what does not hold is told by its reason', async () => {
    expect(await problemOf(staff)).toBe(undefined);
    expect(await problemOf(staff.replace('false', 'true'))).toBe('expected accept, got condition_not_met');
    expect(await problemOf(staff.replace('payroll', 'sales'))).toBe('expected accept, got not_in_required_group');
  });
});

describe('what a test names', () => {
  test.each([
    ['a route', 'tests: [{ name: a, accept: [payrol] }]\n', /^P021 no route named "payrol" \(did you mean "payroll"/],
    ['a posture', accept('device: { managed-laptp: pass }'), /^P021 no posture named "managed-laptp" \(did you mean/],
    ['a check', accept('device: { managed-laptop: { fail: [disk] } }'), /requires no check "disk"/],
    ['a network', accept('network: ofice'), /^P021 no network named "ofice" \(did you mean "office"/],
    ['a provider', accept('provider: crop'), /^P021 no provider named "crop"/],
    ['a reason', 'tests: [{ name: a, deny: { payroll: device_not_complient } }]\n', /^P011 /],
    ['an expectation', 'tests: [{ name: a }]\n', /^P007 the test expects nothing/],
    ['a time without a zone', accept('now: 2026-01-05T10:00:00'), /^P019 /],
    [
      'a grace of a posture that warns nobody',
      accept('device: { managed-laptop: { fail: [disk_encrypted], warned: 8d } }'),
      /^P045 the posture "managed-laptop" warns nobody/,
    ],
    ['the same twice', accept('network: office, address: 203.0.113.7'), /^P045 /],
  ])('%s must be right', async (_, tests, expected) => {
    const problems = await problemsOf(tests);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(expected);
  });
});

function givenArbitrary() {
  const age = fc.constantFrom(0, 300_000, 7_200_000);
  const group = fc.subarray(['finance', 'contractors', 'sales']);
  return fc.record({
    groups: group,
    device: fc.constantFrom<NonNullable<Given['device']>>(
      { 'managed-laptop': 'pass' },
      { 'managed-laptop': { fail: ['disk_encrypted'] } },
    ),
    auth: fc.record({ password: age, otp: age, passkey: age }, { requiredKeys: [] }),
    risk: fc.integer({ min: 0, max: 100 }),
    address: fc.constantFrom('203.0.113.7', '198.51.100.1'),
    now: fc.constant(configurationTime),
  });
}

const keys = ['groups', 'device', 'auth', 'risk', 'address', 'now'] as const;

test('an accept that passes stays a yes whatever the facts that were not given turn out to be', async () => {
  const snapshot = await load('');
  const full = givenArbitrary();
  let accepted = 0;
  fc.assert(
    fc.property(full, full, fc.subarray([...keys]), fc.constantFrom(0, 1), (one, other, hidden, at) => {
      const route = snapshot.routes[at];
      if (route === undefined) return false;
      const request = { method: 'GET', path: '/reports/1' };
      const left = Object.fromEntries(Object.entries(one).filter(([key]) => !(hidden as string[]).includes(key)));
      const asked = evaluate(
        route.policy,
        factsOfGiven({ email_verified: true, ...left }, request, snapshot, configurationTime),
      );
      if (asked.outcome !== 'allow') return true;
      accepted += 1;
      const completed = { email_verified: true, ...other, ...left };
      return evaluate(route.policy, factsOfGiven(completed, request, snapshot, configurationTime)).outcome === 'allow';
    }),
    { numRuns: 3_000 },
  );
  expect(accepted).toBeGreaterThan(20);
});

test('a denial or a step-up that passes stays the same whatever the facts that were not given turn out to be', async () => {
  const snapshot = await load('');
  const full = givenArbitrary();
  let settled = 0;
  fc.assert(
    fc.property(full, full, fc.subarray([...keys]), fc.constantFrom(0, 1), (one, other, hidden, at) => {
      const route = snapshot.routes[at];
      if (route === undefined) return false;
      const request = { method: 'GET', path: '/reports/1' };
      const left = Object.fromEntries(Object.entries(one).filter(([key]) => !(hidden as string[]).includes(key)));
      const given: Given = { email_verified: true, ...left };
      const facts = factsOfGiven(given, request, snapshot, configurationTime);
      const asked = evaluate(route.policy, facts);
      if (hidden.length === 0 || asked.outcome === 'allow') return true;
      if (dependenciesOf(route.policy, facts, given, asked).length > 0) return true;
      settled += 1;
      const completed = { email_verified: true, ...other, ...left };
      const answer = evaluate(route.policy, factsOfGiven(completed, request, snapshot, configurationTime));
      // Risk that ends sessions is named before any other no; a no it is either way.
      const isOvertaken = !('risk' in left) && answer.reason === 'risk_too_high';
      const isSameReason = answer.outcome !== 'deny' || answer.reason === asked.reason || isOvertaken;
      return answer.outcome === asked.outcome && isSameReason;
    }),
    { numRuns: 3_000 },
  );
  expect(settled).toBeGreaterThan(20);
});
