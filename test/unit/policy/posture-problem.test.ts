import { describe, expect, test } from '@jest/globals';
import type { CheckResult } from '../../../src/decision/decision.ts';
import type { PostureFacts } from '../../../src/decision/facts.ts';
import { postureProblem } from '../../../src/policy/posture-problem.ts';
import { facts, nowMs } from '../../support/judgement-policy.ts';

const told: CheckResult = { check: 'disk', result: 'pass', asOfMs: nowMs };
const untold: CheckResult = { check: 'os', result: 'unknown' };
const problem = (result: PostureFacts['result'], checks: readonly CheckResult[], name = 'managed') =>
  postureProblem(facts({ posture: { posture: 'managed', result, checks } }), name);

describe('what stands between a device and a posture', () => {
  test.each<[PostureFacts['result'], string]>([
    ['stale', 'posture_stale'],
    ['unavailable', 'posture_unavailable'],
    ['fail', 'device_not_compliant'],
    ['warned', 'device_not_compliant'],
    ['pass', 'device_not_compliant'],
  ])('%s: %s, with the checks to mend', (result, reason) => {
    expect(problem(result, [told, untold])).toEqual({ reason, checks: [told, untold], posture: 'managed' });
  });

  test('is that it has to report where it never told anything, and a check to mend where it told a part', () => {
    expect(problem('unknown', [untold, untold])).toMatchObject({ reason: 'posture_stale', posture: 'managed' });
    expect(problem('unknown', [untold, told])).toMatchObject({ reason: 'device_not_compliant', posture: 'managed' });
  });

  test('is that there is none, or that nobody has judged the posture', () => {
    expect(postureProblem(facts({ posture: 'no_device' }), 'managed')).toEqual({ reason: 'device_unknown' });
    expect(problem('pass', [told], 'known')).toEqual({ reason: 'posture_unavailable' });
    expect(problem('pass', [told], 'toString')).toEqual({ reason: 'posture_unavailable' });
  });
});
