import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DecisionEvent } from '../../../src/audit/audit-event.ts';
import { encodeLine, genesisHash, parseLine } from '../../../src/audit/audit-line.ts';
import { encodeEvent } from '../../../src/audit/encode-event.ts';
import { makeAllow, makeSignIn } from '../../support/record-events.ts';

const atMs = Date.UTC(2026, 0, 5, 9, 0, 0);

describe('the form of an event', () => {
  test('holds every fact that the decision read, with its source and age, and how each rule came out', () => {
    const event = JSON.parse(encodeEvent(makeAllow(atMs)));
    expect(event).toMatchObject({
      type: 'decision',
      time: '2026-01-05T09:00:00.000Z',
      config: '9f2c81d0a4be',
      outcome: 'allow',
      reason: 'granted',
      route: 'payroll',
      rule: 'finance',
      rules: [
        {
          rule: 'finance',
          effect: 'allow',
          at: 'postern.yaml:34:9',
          verdict: 'hit',
          conditions: { groups: 'hit', device: 'hit' },
        },
      ],
    });
    expect(event.facts.person).toMatchObject({ source: 'idp:corp', as_of_ms: atMs - 60_000, groups: ['finance'] });
    expect(event.facts.authentication.proved_at_ms).toEqual({ password: atMs - 60_000, otp: atMs - 30_000 });
    expect(event.facts.device.postures['managed-laptop'].checks).toEqual([
      { check: 'disk_encrypted', result: 'pass', value: true, source: 'self', as_of_ms: atMs - 240_000 },
    ]);
    expect(event.facts.risk.points[0]).toMatchObject({ signal: 'new_network', points: 15 });
  });

  test('says what was missing for a denial and for a step-up', () => {
    const denial = makeAllow(atMs, {
      decision: {
        outcome: 'deny',
        reason: 'device_not_compliant',
        trace: [],
        checks: [{ check: 'firewall', result: 'fail' }],
      },
    });
    expect(JSON.parse(encodeEvent(denial))).toMatchObject({
      outcome: 'deny',
      checks: [{ check: 'firewall', result: 'fail' }],
    });
    const need = { methods: ['otp'], maxAgeMs: 900_000, notBeforeMs: undefined } as const;
    const stepUp = makeAllow(atMs, { decision: { outcome: 'step_up', reason: 'step_up_required', trace: [], need } });
    expect(JSON.parse(encodeEvent(stepUp)).need).toEqual({ methods: ['otp'], max_age_ms: 900_000 });
  });

  test('leaves out what was unknown, so that unknown groups differ from none', () => {
    const allow = makeAllow(atMs);
    const unknown: DecisionEvent = {
      ...allow,
      facts: { ...allow.facts, person: allow.facts.person && { ...allow.facts.person, groups: undefined } },
    };
    expect(JSON.parse(encodeEvent(unknown)).facts.person).not.toHaveProperty('groups');
    const none = { ...allow, facts: { ...allow.facts, person: undefined, device: undefined, risk: undefined } };
    expect(Object.keys(JSON.parse(encodeEvent(none)).facts)).toEqual(['request', 'authentication']);
  });

  test('is sound JSON on one line whatever people, hosts and paths are called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, path) => {
        const allow = makeAllow(atMs, { host: name, path, route: name });
        const line = encodeLine(genesisHash, 1, atMs, 'event', encodeEvent(allow));
        expect(line.text.indexOf('\n')).toBe(line.text.length - 1);
        const parsed = parseLine(Buffer.from(line.text.slice(0, -1)));
        expect(parsed.outcome).toBe('line');
        expect(JSON.parse(line.text).event.host).toBe(
          name.toWellFormed() === name ? name : JSON.parse(JSON.stringify(name)),
        );
      }),
    );
  });

  test('is cut where somebody unknown sent something very long', () => {
    const text = encodeEvent({
      type: 'refusal',
      atMs,
      decisionId: makeSignIn(atMs).decisionId,
      config: '9f2c81d0a4be',
      reason: 'request_malformed',
      address: '203.0.113.7',
      host: 'h'.repeat(20_000),
      method: 'G'.repeat(20_000),
      path: '/'.repeat(20_000),
      detail: 'x'.repeat(20_000),
    });
    expect(text.length).toBeLessThan(6_000);
  });
});
