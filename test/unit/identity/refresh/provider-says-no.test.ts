import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Session } from '../../../../src/sessions/session.ts';
import {
  answered,
  type ClaimsProcess,
  type ClaimsStage,
  claimsOf,
  createClaimsStage,
  minuteMs,
  tokensOf,
} from '../../../support/claims-stage.ts';

let stage: ClaimsStage;
let here: ClaimsProcess;
let session: Session;

beforeEach(async () => {
  stage = createClaimsStage();
  here = await stage.open();
  session = await stage.signIn([here], 'first');
  stage.dueAgain([here], session);
});
afterEach(() => stage.dispose());

const isLive = async () => (await here.sessions.find(session.id)) !== undefined;

function refreshFails(...answer: Parameters<typeof answered>): void {
  stage.provider.refresh = () => Promise.reject(answered(...answer));
}

/** After whatever back-off there is, with the session in use. */
async function lookAgain(): Promise<void> {
  stage.clock.nowMs += 6 * minuteMs;
  here.sessions.touch(session.id, stage.clock.nowMs);
  await here.refresher.look();
}

describe('a provider that says no to a session', () => {
  test.each<[string, ...Parameters<typeof answered>]>([
    ['invalid_grant', 400, 'invalid_grant'],
    ['401', 401],
  ])('by %s ends it at once', async (_name, ...answer) => {
    refreshFails(...answer);
    await here.refresher.look();
    expect(await isLive()).toBe(false);
  });

  test.each<[string, ...Parameters<typeof answered>]>([
    ['403', 403],
    ['400 with an error that nobody knows', 400, 'account_disabled'],
    ['404', 404],
  ])('by %s is asked again once, then it ends', async (_name, ...answer) => {
    refreshFails(...answer);
    await here.refresher.look();
    expect(await isLive()).toBe(true);
    await lookAgain();
    expect(await isLive()).toBe(false);
    expect(stage.events.at(-1)).toMatchObject({ type: 'session_ended', detail: { cause: 'claims_refresh_refused' } });
  });

  test('once, and then answers, has said nothing', async () => {
    for (let round = 0; round < 3; round += 1) {
      refreshFails(403);
      await lookAgain();
      stage.provider.refresh = async () => ({ tokens: tokensOf('next'), idTokenClaims: undefined });
      await lookAgain();
      expect(await isLive()).toBe(true);
      stage.dueAgain([here], session);
    }
  });

  test.each([429, 500, 503])('by %d is away, however often', async (status) => {
    refreshFails(status);
    for (let round = 0; round < 5; round += 1) await lookAgain();
    expect(await isLive()).toBe(true);
  });

  test('by an answer that fails a check is not believed, and ends nothing', async () => {
    stage.provider.refresh = async () => ({ tokens: tokensOf('next'), idTokenClaims: claimsOf('mallory') });
    for (let round = 0; round < 5; round += 1) await lookAgain();
    expect(await isLive()).toBe(true);
  });
});

describe('a provider that turns our client down', () => {
  test.each([
    ['invalid_client', 401],
    ['unauthorized_client', 400],
    ['unsupported_grant_type', 400],
  ])('by %s signs nobody out, and is asked ever less', async (error, status) => {
    refreshFails(status, error);
    for (let round = 0; round < 5; round += 1) await lookAgain();
    expect(await isLive()).toBe(true);
    expect(stage.warnings.at(-1)).toMatchObject({ outcome: 'misconfigured', error });
    expect(stage.provider.spent.length).toBeLessThanOrEqual(6);
  });

  test('for so long that claims are too old ends sessions at claims_max_age', async () => {
    refreshFails(401, 'invalid_client');
    for (let hours = 0; hours < 13; hours += 1) {
      for (let round = 0; round < 10; round += 1) await lookAgain();
    }
    expect(await isLive()).toBe(false);
  });
});
