import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createRefreshLeases } from '../../../../src/identity/refresh/refresh-leases.ts';
import { type ClaimsStage, createClaimsStage, meetAtWrite, minuteMs, tokensOf } from '../../../support/claims-stage.ts';

let stage: ClaimsStage;

beforeEach(() => {
  stage = createClaimsStage();
});
afterEach(() => stage.dispose());

describe('two processes on one state', () => {
  test('that come for the same session at the same moment: one asks the provider, the other does not', async () => {
    // Both have seen that it is time, and neither has the lease yet.
    const meet = meetAtWrite('refresh_lease', 2);
    const both = [await stage.open(meet), await stage.open(meet)] as const;
    const session = await stage.signIn(both, 'first');
    const held = Promise.withResolvers<void>();
    stage.provider.refresh = async () => {
      // A second call is answered at once, so that a broken lease shows instead of hanging.
      if (stage.provider.spent.length === 1) await held.promise;
      return { tokens: tokensOf('second'), idTokenClaims: undefined };
    };
    stage.dueAgain(both, session);
    const looks = both.map(({ refresher }) => refresher.look());
    await Promise.race(looks);
    expect(stage.provider.spent).toEqual(['first']);
    held.resolve();
    await Promise.all(looks);
    expect(stage.provider.spent).toEqual(['first']);
    expect((await both[1].sessions.find(session.id))?.person.asOfMs).toBe(stage.clock.nowMs);
    expect((await both[1].grants.find(session.id))?.refreshToken).toBe('second');
  });

  test('that come one after the other: the second finds the claims young and asks nobody', async () => {
    const both = [await stage.open(), await stage.open()] as const;
    const session = await stage.signIn(both, 'first');
    stage.dueAgain(both, session);
    await both[0].refresher.look();
    await both[1].refresher.look();
    expect(stage.provider.spent).toEqual(['first']);
  });

  test('use each refresh token once, however often both look', async () => {
    const both = [await stage.open(), await stage.open()] as const;
    const session = await stage.signIn(both, 'first');
    for (let round = 0; round < 10; round += 1) {
      stage.dueAgain(both, session);
      await Promise.all(both.map(({ refresher }) => refresher.look()));
    }
    expect(stage.provider.spent).toHaveLength(10);
    expect(new Set(stage.provider.spent).size).toBe(10);
  });
});

describe('a lease', () => {
  test('is had by one at a time, for a minute at most, and given back', async () => {
    const { store } = await stage.open();
    const session = await stage.signIn([await stage.open()]);
    const { take } = createRefreshLeases(store, () => stage.clock.nowMs);
    const giveBack = await take(session.id, 'corp');
    expect(giveBack).toBeDefined();
    expect(await take(session.id, 'corp')).toBeUndefined();
    await giveBack?.();
    expect(await take(session.id, 'corp')).toBeDefined();
    stage.clock.nowMs += minuteMs - 1;
    expect(await take(session.id, 'corp')).toBeUndefined();
    stage.clock.nowMs += 1;
    expect(await take(session.id, 'corp')).toBeDefined();
  });

  test('that ran out meanwhile is another one’s now, and is not given back in its name', async () => {
    const { store } = await stage.open();
    const session = await stage.signIn([await stage.open()]);
    const { take } = createRefreshLeases(store, () => stage.clock.nowMs);
    const giveBackLate = await take(session.id, 'corp');
    stage.clock.nowMs += minuteMs;
    expect(await take(session.id, 'corp')).toBeDefined();
    await giveBackLate?.();
    expect(await take(session.id, 'corp')).toBeUndefined();
  });

  test('cannot be had of a session that is over', async () => {
    const process = await stage.open();
    const session = await stage.signIn([process]);
    await process.sessions.end(session.id, 'logout');
    const { take } = createRefreshLeases(process.store, () => stage.clock.nowMs);
    expect(await take(session.id, 'corp')).toBeUndefined();
  });
});
