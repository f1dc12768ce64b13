import { beforeAll, describe, expect, test } from '@jest/globals';
import { encodeEvent } from '../../../src/audit/encode-event.ts';
import { factsOfRecord, type RecordedDecision } from '../../../src/audit/facts-of-record.ts';
import type { Snapshot } from '../../../src/config/snapshot.ts';
import type { Facts } from '../../../src/decision/facts.ts';
import { createReplay } from '../../../src/preview/replay-decision.ts';
import { compileText, knownPerson, peopleNowMs, peopleYaml, routeYaml } from '../../support/people-snapshots.ts';
import { recordedUnder } from '../../support/people-trail.ts';

const host = 'payroll.corp.example';
const grant = '{ id: finance, groups: [finance], device: managed-laptop, auth: { methods: [passkey], max_age: 15m } }';
const yaml = (rules: string, extra = '') => peopleYaml(routeYaml('payroll', rules), extra);
const rules = `    allow: [${grant}]`;
let running: Snapshot;
beforeAll(async () => {
  running = await compileText(yaml(rules));
});

function facts(changes: Partial<Facts> = {}): Facts {
  return {
    request: { method: 'GET', path: '/', address: '203.0.113.7', nowMs: peopleNowMs },
    person: { ...knownPerson('ada', ['finance']).person, sessionId: 'ses_1' },
    authentication: { provedAtMs: { passkey: peopleNowMs - 10 * 60_000 } },
    device: {
      source: 'connection',
      asOfMs: peopleNowMs,
      deviceId: 'ada-laptop',
      postures: {
        'managed-laptop': {
          posture: 'managed-laptop',
          result: 'pass',
          checks: [
            {
              check: 'disk_encrypted',
              result: 'pass',
              value: true,
              source: 'self',
              asOfMs: peopleNowMs - 2 * 3_600_000,
            },
          ],
        },
      },
    },
    risk: { source: 'session', asOfMs: peopleNowMs, score: 0, points: [] },
    ...changes,
  };
}

function recorded(changes: Partial<Facts> = {}): RecordedDecision {
  const read = factsOfRecord(JSON.parse(encodeEvent(recordedUnder(running, host, facts(changes)))));
  if (read.outcome !== 'decision') throw new Error(read.why);
  return read.decision;
}

async function replay(text: string, changes: Partial<Facts> = {}, withRunning = true) {
  return createReplay(await compileText(text), withRunning ? running : undefined)(recorded(changes));
}

describe('a recorded decision under another file', () => {
  test('is the same under the same rules, compared with the running file or with the record', async () => {
    expect(await replay(yaml(rules))).toEqual({ outcome: 'same' });
    expect(await replay(yaml(rules), {}, false)).toEqual({ outcome: 'same' });
  });

  test('is newly denied where another route of the same app denies what it is rewritten to', async () => {
    const mounted = `${rules}\n    prefix: /mounted\n    rewrite: { strip_prefix: /mounted }`;
    const both = (denial: string) =>
      peopleYaml(`${routeYaml('payroll', mounted)}${routeYaml('direct', rules + denial)}`);
    const next = await compileText(both('\n    deny: [{ id: no-admin, paths: [/admin/**] }]'));
    const request = { method: 'GET', path: '/mounted/admin/x', address: '203.0.113.7', nowMs: peopleNowMs };
    const before = recorded({ request });
    for (const beside of [await compileText(both('')), undefined])
      expect(createReplay(next, beside)(before)).toMatchObject({ change: 'newly_denied', reason: 'explicit_deny' });
    expect(createReplay(next, next)(before)).toEqual({ outcome: 'same' });
  });

  test('is newly denied, asked to step up or allowed, with rule, reason and person', async () => {
    expect(await replay(yaml(`${rules}\n    deny: [{ id: no-ada, emails: [ada@corp.example] }]`))).toEqual({
      outcome: 'different',
      change: 'newly_denied',
      route: 'payroll',
      rules: ['no-ada', 'finance'],
      reason: 'explicit_deny',
      person: 'ada@corp.example',
    });
    expect(await replay(yaml(rules.replace('15m', '5m')))).toMatchObject({
      change: 'newly_step_up',
      rules: ['finance'],
      reason: 'reauth_required',
    });
    const person = { ...knownPerson('lin', []).person, sessionId: 'ses_2' };
    expect(await replay(yaml('    allow: [{ id: all, domains: [corp.example] }]'), { person })).toMatchObject({
      change: 'newly_allowed',
      rules: ['all', 'finance'],
      person: 'lin@corp.example',
    });
  });

  test('judges a posture that changed from the recorded values', async () => {
    const stricter = yaml(rules).replace('max_age: 24h }', 'max_age: 1h }');
    expect(await replay(stricter)).toMatchObject({ change: 'newly_denied', reason: 'posture_stale' });
  });

  test('is not comparable when the posture asks for what was not recorded, or another one is asked for', async () => {
    const why = 'device facts missing from the record';
    const more = yaml(rules).replace('[disk_encrypted]', '[disk_encrypted, firewall]');
    expect(await replay(more)).toEqual({ outcome: 'not_comparable', why });
    const others = yaml(rules)
      .replace('[disk_encrypted]', '[disk_encrypted]')
      .replace('max_age: 24h }', 'max_age: 24h, sources: [admin] }');
    expect(await replay(others)).toEqual({ outcome: 'not_comparable', why });
    // Without a device there is nothing to miss: the answer is known.
    expect(await replay(more, { device: undefined })).toEqual({ outcome: 'same' });
  });

  test('is not comparable when the route is gone or risk is weighed otherwise', async () => {
    expect(await replay(peopleYaml(routeYaml('wiki', rules)))).toEqual({
      outcome: 'not_comparable',
      why: 'the route is gone',
    });
    const weighed = yaml(rules, 'risk: { signals: { new_network: { weight: 30, half_life: 12h } } }');
    expect(await replay(weighed)).toEqual({ outcome: 'same' });
    const points = [{ signal: 'new_network', points: 15, sinceMs: peopleNowMs, detail: '' }];
    const risk = { source: 'session', asOfMs: peopleNowMs, score: 15, points };
    expect(await replay(weighed, { risk })).toMatchObject({ outcome: 'not_comparable' });
  });

  test('is not comparable when no rule was asked', async () => {
    const read = createReplay(running, undefined)({ ...recorded(), isByRules: false });
    expect(read).toMatchObject({ outcome: 'not_comparable' });
  });
});
