import { describe, expect, test } from '@jest/globals';
import type { ConnectionDevice } from '../../src/devices/device.ts';
import { adasLaptop, sessionOf, stageJudge } from '../support/judgement-judge.ts';
import { grant, nowMs } from '../support/judgement-policy.ts';
import { cafe } from '../support/judgement-risk.ts';

const everybody = { grants: [grant()] };
const bound = sessionOf({ deviceFingerprint: adasLaptop.fingerprint });

const connections: readonly (readonly [string, ConnectionDevice | undefined])[] = [
  ['no certificate', undefined],
  ['another device’s certificate', { ...adasLaptop, deviceId: 'thief', fingerprint: 'bb'.repeat(32) }],
  ['another certificate with the same device’s name', { ...adasLaptop, fingerprint: 'bb'.repeat(32) }],
  ['its own certificate after that ran out', { ...adasLaptop, notAfterMs: nowMs - 1 }],
];

describe('a session that is bound to a device, used over a connection with', () => {
  test.each(connections)('%s, opens nothing and ends', async (_title, device) => {
    const { ask } = stageJudge();
    const { decision, facts, endsSession } = await ask(everybody, { session: bound, device });
    expect(decision).toMatchObject({ outcome: 'sign_in', reason: 'session_revoked' });
    expect(facts.person).toBeUndefined();
    expect(endsSession).toBe(true);
  });

  test.each(connections)('%s, ends on a public route too, which passes it as nobody', async (_title, device) => {
    const { ask } = stageJudge();
    const { decision, facts, endsSession } = await ask({ isPublic: true }, { session: bound, device });
    expect(decision.reason).toBe('public_route');
    expect(facts).toMatchObject({ person: undefined, authentication: undefined });
    expect(endsSession).toBe(true);
  });

  test('no certificate, teaches risk nothing', async () => {
    const { ask } = stageJudge();
    await ask(everybody, { session: bound, device: adasLaptop });
    await ask(everybody, { session: bound, address: cafe });
    expect((await ask(everybody, { session: bound, device: adasLaptop })).facts.risk?.score).toBe(0);
  });
});
