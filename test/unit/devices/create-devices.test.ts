import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Posture } from '../../../src/config/snapshot.ts';
import { audience, send, sign, stageReports } from '../../support/judgement-report.ts';

const hour = 3_600_000;
const managed: Posture = {
  name: 'managed',
  at: { file: 'postern.yaml', line: 1, column: 1 },
  require: [{ check: 'disk_encrypted', operator: 'is_true', value: undefined, source: 'disk_encrypted' }],
  maxAgeMs: 24 * hour,
  sources: undefined,
  help: {},
};

let stage: Awaited<ReturnType<typeof stageReports>>;
beforeEach(async () => {
  stage = await stageReports();
});

async function resultOf(): Promise<string> {
  return (await stage.devices.judgePosture('ada-laptop', managed, stage.clock.nowMs)).result;
}

describe('facts of a device', () => {
  test('that it reports are facts, from itself', async () => {
    const { devices, clock, ada } = stage;
    const nonce = await devices.issueNonce('ada-laptop');
    const facts = { disk_encrypted: true, os_version: '15.5', battery: 80 };
    const jws = await sign({ aud: audience, iat: Math.floor(clock.nowMs / 1000), nonce, facts }, ada);
    expect(await send(devices, jws, ada)).toEqual({ outcome: 'accepted', deviceId: 'ada-laptop', facts: 3 });
    expect(await devices.factsOf('ada-laptop')).toMatchObject({
      disk_encrypted: { value: true, source: 'self', asOfMs: clock.nowMs },
      os_version: { value: '15.5' },
    });
    expect(await resultOf()).toBe('pass');
  });

  test('that an admin sets act on the next look, and back again', async () => {
    const { devices } = stage;
    await devices.setFacts('ada-laptop', { disk_encrypted: true }, 'admin');
    expect(await resultOf()).toBe('pass');
    await devices.setFacts('ada-laptop', { disk_encrypted: false }, 'admin');
    expect(await resultOf()).toBe('fail');
    await devices.setFacts('ada-laptop', { disk_encrypted: true }, 'admin');
    expect(await resultOf()).toBe('pass');
  });

  test('are taken back with null by the source that set them', async () => {
    const { devices } = stage;
    await devices.setFacts('ada-laptop', { disk_encrypted: true, firewall: true }, 'admin');
    await devices.setFacts('ada-laptop', { firewall: false }, 'fleet');
    const left = await devices.setFacts('ada-laptop', { disk_encrypted: null, firewall: null }, 'admin');
    expect(left).toEqual({ firewall: { value: false, source: 'fleet', asOfMs: stage.clock.nowMs } });
    expect(await resultOf()).toBe('unknown');
  });

  test('run out without anybody saying so, though the result was remembered', async () => {
    const { devices, clock } = stage;
    await devices.setFacts('ada-laptop', { disk_encrypted: true }, 'admin');
    expect(await resultOf()).toBe('pass');
    clock.nowMs += 24 * hour + 1;
    expect(await resultOf()).toBe('stale');
  });

  test('are answered without a promise once they are remembered', async () => {
    const { devices, clock } = stage;
    await devices.judgePosture('ada-laptop', managed, clock.nowMs);
    expect(devices.judgePosture('ada-laptop', managed, clock.nowMs)).toMatchObject({ result: 'unknown' });
  });

  test('that another process changes are read again, as the change log says', async () => {
    const { devices, store, clock } = stage;
    await devices.setFacts('ada-laptop', { disk_encrypted: true }, 'admin');
    expect(await resultOf()).toBe('pass');
    const read = await store.read('device', 'ada-laptop');
    if (read.found !== 'record') throw new Error('The record is missing.');
    const value = read.record.value.replace('"value":true', '"value":false');
    await store.write({ kind: 'device', key: 'ada-laptop', value, expectedVersion: 'any' });
    expect(await devices.judgePosture('ada-laptop', managed, clock.nowMs)).toMatchObject({ result: 'fail' });
    store.fireChange({ type: 'everything' });
    expect(devices.judgePosture('ada-laptop', managed, clock.nowMs)).toBeInstanceOf(Promise);
  });

  test('that changed while they were read are not remembered from before', async () => {
    const { devices, store, clock } = stage;
    await devices.setFacts('ada-laptop', { disk_encrypted: true }, 'admin');
    store.fireChange({ type: 'everything' });
    const reading = devices.judgePosture('ada-laptop', managed, clock.nowMs);
    store.fireChange({ type: 'record', kind: 'device', key: 'ada-laptop', owner: undefined, wasBuried: false });
    await reading;
    expect(devices.judgePosture('ada-laptop', managed, clock.nowMs)).toBeInstanceOf(Promise);
  });

  test('set by two at once are both kept', async () => {
    const { devices } = stage;
    await Promise.all([
      devices.setFacts('ada-laptop', { disk_encrypted: true }, 'admin'),
      devices.setFacts('ada-laptop', { firewall: true }, 'fleet'),
    ]);
    expect(Object.keys(await devices.factsOf('ada-laptop')).sort()).toEqual(['disk_encrypted', 'firewall']);
  });

  test('are not taken for absent when the store is away', async () => {
    const { devices, store, clock } = stage;
    store.isAway = true;
    await expect(Promise.resolve(devices.judgePosture('ada-laptop', managed, clock.nowMs))).rejects.toMatchObject({
      code: 'state_unavailable',
    });
  });

  test('that are damaged in the store are a fault, not an empty record', async () => {
    const { devices, store } = stage;
    await store.write({ kind: 'device', key: 'ada-laptop', value: '{"statements":[["x"]]}', expectedVersion: 0 });
    await expect(devices.factsOf('ada-laptop')).rejects.toMatchObject({ code: 'state_corrupt' });
  });

  test.each([
    ['a bad name', { 'Disk Encrypted': true }],
    ['a long text', { note: 'x'.repeat(257) }],
    ['a number that is none', { battery: Number.NaN }],
    ['a list', { list: [1] as unknown as string }],
  ])('with %s are refused whole', async (_title, facts) => {
    await expect(stage.devices.setFacts('ada-laptop', { fine: true, ...facts }, 'admin')).rejects.toBeInstanceOf(
      RangeError,
    );
    expect(await stage.devices.factsOf('ada-laptop')).toEqual({});
  });

  test('are at most 256', async () => {
    const many = (prefix: string) =>
      Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`${prefix}${index}`, true]));
    await stage.devices.setFacts('ada-laptop', many('a'), 'admin');
    await expect(stage.devices.setFacts('ada-laptop', many('b'), 'admin')).rejects.toBeInstanceOf(RangeError);
  });
});
