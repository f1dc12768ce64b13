import { describe, expect, it } from '@jest/globals';
import { createLocks } from '../../../src/locks/create-locks.ts';
import type { Lock, LockTarget } from '../../../src/locks/lock.ts';
import { createMemoryStore } from '../../support/judgement-memory-store.ts';

const ada = { kind: 'person', issuer: 'https://idp.example', subject: 'ada' } as const;
const person = { issuer: ada.issuer, subject: ada.subject };

function lockOn(target: LockTarget, keys: Partial<Lock> = {}): Lock {
  return { target, reason: 'a laptop was lost', setBy: 'admin', setAtMs: 1_000, ...keys };
}

/** Two workers on one store. */
function stage() {
  const clock = { nowMs: 1_000 };
  const store = createMemoryStore(() => clock.nowMs);
  const now = () => clock.nowMs;
  return { clock, store, one: createLocks({ store, now }), other: createLocks({ store, now }) };
}

describe('locks', () => {
  it.each<[string, LockTarget]>([
    ['a person', ada],
    ['a session', { kind: 'session', sessionId: 'ses_1' }],
    ['a device', { kind: 'device', deviceId: 'ada-laptop' }],
    ['a route', { kind: 'route', route: 'payroll' }],
  ])('of %s are found by every worker, and by nobody else', async (_what, target) => {
    const { one, other } = stage();
    await other.load();
    await one.set(lockOn(target));
    await other.load();
    const subject = { person, sessionId: 'ses_1', deviceId: 'ada-laptop', route: 'payroll' };
    expect(other.find(subject, 1_000)?.target).toEqual(target);
    const stranger = {
      person: { issuer: ada.issuer, subject: 'lin' },
      sessionId: 'ses_2',
      deviceId: 'lin-laptop',
      route: 'wiki',
    };
    expect(other.find(stranger, 1_000)).toBeUndefined();
    expect(other.find({}, 1_000)).toBeUndefined();
  });

  it('of the same subject at another issuer are of somebody else', async () => {
    const { one } = stage();
    await one.set(lockOn(ada));
    await one.load();
    expect(one.find({ person: { issuer: 'https://other.example', subject: 'ada' } }, 1_000)).toBeUndefined();
  });

  it('have nothing to wait for once they were read and nothing changed', async () => {
    const { one } = stage();
    expect(one.load()).toBeInstanceOf(Promise);
    await one.load();
    expect(one.load()).toBeUndefined();
  });

  it('are over when they were lifted, for every worker', async () => {
    const { one, other } = stage();
    await one.set(lockOn(ada));
    await other.load();
    expect(await one.lift(ada)).toMatchObject({ target: ada });
    await other.load();
    expect(other.find({ person }, 1_000)).toBeUndefined();
    expect(await one.lift(ada)).toBeUndefined();
  });

  it('are over at their time, without anybody doing anything', async () => {
    const { one, clock } = stage();
    await one.set(lockOn(ada, { expiresAtMs: 5_000 }));
    await one.load();
    expect(one.find({ person }, 4_999)).toBeDefined();
    expect(one.find({ person }, 5_000)).toBeUndefined();
    clock.nowMs = 5_000;
    expect(await one.list()).toEqual([]);
  });

  it('replace one another on the same target, and say so', async () => {
    const { one } = stage();
    expect(await one.set(lockOn(ada, { expiresAtMs: 5_000 }))).toBe('set');
    expect(await one.set(lockOn(ada, { message: 'Call 123.' }))).toBe('replaced');
    await one.load();
    expect(one.find({ person }, 9_000)?.message).toBe('Call 123.');
    expect(await one.list()).toHaveLength(1);
  });

  it('tell of several the one that holds longest', async () => {
    const { one } = stage();
    await one.set(lockOn(ada, { expiresAtMs: 5_000 }));
    await one.set(lockOn({ kind: 'route', route: 'payroll' }, { expiresAtMs: 9_000 }));
    await one.load();
    expect(one.find({ person, route: 'payroll' }, 1_000)?.target.kind).toBe('route');
  });

  it('that are set while the memory is being read are in it when it was read', async () => {
    const { one, other, store } = stage();
    const list = store.list.bind(store);
    let hasCome = false;
    store.list = async (...asked) => {
      const page = await list(...asked);
      if (!hasCome) {
        hasCome = true;
        await other.set(lockOn(ada));
      }
      return page;
    };
    await one.load();
    expect(one.find({ person }, 1_000)).toBeDefined();
  });

  it('that could not be read are asked for again, and are never taken for none', async () => {
    const { one, other, store } = stage();
    await one.load();
    await other.set(lockOn(ada));
    const read = store.read.bind(store);
    store.read = () => Promise.reject(new Error('away'));
    await expect(one.load()).rejects.toThrow('away');
    store.read = read;
    await one.load();
    expect(one.find({ person }, 1_000)).toBeDefined();
  });

  it('that are broken in the store are a fault', async () => {
    const { one, store } = stage();
    await store.write({ kind: 'lock', key: 'person:x', value: '{"target":"everybody"}', expectedVersion: 'any' });
    await expect(one.load()).rejects.toMatchObject({ code: 'state_corrupt' });
  });

  it('are all read, however many there are', async () => {
    const { one } = stage();
    for (let number = 0; number < 1_203; number += 1) await one.set(lockOn({ kind: 'device', deviceId: `d${number}` }));
    const { length } = await one.list();
    expect(length).toBe(1_203);
  });
});
