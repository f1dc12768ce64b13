import { beforeEach, describe, expect, test } from '@jest/globals';
import { createSelfCheck } from '../../../src/admin/self-check.ts';
import { Fault } from '../../../src/decision/fault.ts';

let clock: number;
let probes: { state: () => Promise<void>; audit: () => Promise<void> };
let asked: number;
let turns: (string | undefined)[];

beforeEach(() => {
  clock = 10_000;
  asked = 0;
  turns = [];
  probes = { state: () => Promise.resolve(), audit: () => Promise.resolve() };
});

const check = (isDiskFull = false) =>
  createSelfCheck({
    probes: {
      state: () => {
        asked += 1;
        return probes.state();
      },
      audit: () => probes.audit(),
    },
    isDiskFull: () => isDiskFull,
    now: () => clock,
    monotonicMs: () => clock,
    onTurn: (part, why) => turns.push(why === undefined ? `${part} ok` : `${part} ${why}`),
  });
const system = (code: string) => Object.assign(new Error(code), { code });

describe('what a process says of itself', () => {
  test('is tried once a second however often it is asked', async () => {
    const look = check();
    await Promise.all(Array.from({ length: 500 }, () => look()));
    expect(asked).toBe(1);
    clock += 1_000;
    await look();
    expect(asked).toBe(2);
  });

  test('names the part that fails and since when, and forgets it once it works', async () => {
    const look = check(true);
    probes.state = () => Promise.reject(new Fault('state_unwritable', 'full'));
    expect(await look()).toEqual([{ part: 'state', why: 'disk_full', sinceMs: 10_000 }]);
    clock += 5_000;
    probes.audit = () => Promise.reject(system('ENOENT'));
    expect(await look()).toEqual([
      { part: 'state', why: 'disk_full', sinceMs: 10_000 },
      { part: 'audit', why: 'missing', sinceMs: 15_000 },
    ]);
    clock += 5_000;
    probes.state = () => Promise.resolve();
    probes.audit = () => Promise.resolve();
    expect(await look()).toEqual([]);
    expect(turns.toSorted()).toEqual(['audit missing', 'audit ok', 'state disk_full', 'state ok']);
  });

  test.each([
    [new Fault('state_unwritable', 'read-only'), 'not_writable'],
    [new Fault('state_corrupt', 'damaged'), 'damaged'],
    [system('ENOSPC'), 'disk_full'],
    [system('EDQUOT'), 'disk_full'],
    [system('EROFS'), 'not_writable'],
    [new Fault('audit_unavailable', 'stalled', { cause: system('ENOSPC') }), 'disk_full'],
    [new Fault('audit_unavailable', 'stalled'), 'unavailable'],
  ])('tells %s in a word', async (thrown, why) => {
    probes.audit = () => Promise.reject(thrown);
    expect(await check()()).toMatchObject([{ part: 'audit', why }]);
  });

  test('is no failure while another process writes for a moment', async () => {
    let tries = 0;
    probes.state = () => {
      tries += 1;
      return tries < 3 ? Promise.reject(new Fault('state_unavailable', 'locked')) : Promise.resolve();
    };
    expect(await check()()).toEqual([]);
  });
});
