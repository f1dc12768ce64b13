import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { type AttemptSecrets, createAttemptSecrets } from '../../../src/sessions/attempt-secret.ts';
import type { SessionId } from '../../../src/sessions/session.ts';
import { type Beginner, createSignInBudget, type SignInBudget } from '../../../src/sessions/sign-in-budget.ts';

const strangersPerMinute = 10;
const ada = 'ses_ada' as SessionId;
const bob = 'ses_bob' as SessionId;

let nowMs = 1_750_000_000_000;
let secrets: AttemptSecrets;
let budget: SignInBudget;
beforeEach(() => {
  const now = () => nowMs;
  secrets = createAttemptSecrets({ key: 'a key of the state', randomBytes, now });
  budget = createSignInBudget({ secrets, strangersPerMinute, now });
});

/** How many of so many in a row were let through. */
async function passed(times: number, beginner: Partial<Beginner> = {}): Promise<number> {
  const whole = { sessionId: undefined, attempts: [], address: '192.0.2.1', ...beginner };
  let through = 0;
  for (let round = 0; round < times; round += 1) if ((await budget.take(whole)) === undefined) through += 1;
  return through;
}

describe('the budget of sign-ins', () => {
  test('of strangers is their address’s: an IPv4 address, or the /64 of an IPv6 address', async () => {
    expect(await passed(50)).toBe(strangersPerMinute);
    expect(await passed(50, { address: '192.0.2.2' })).toBe(strangersPerMinute);
    expect(await passed(5, { address: '2001:db8::1' })).toBe(5);
    expect(await passed(50, { address: '2001:db8::2' })).toBe(strangersPerMinute - 5);
    expect(await passed(1, { address: '2001:db8:0:1::1' })).toBe(1);
  });

  test('of people is each one’s own, whatever strangers or others of their address do', async () => {
    await passed(50);
    expect(await passed(100, { sessionId: ada })).toBe(60);
    expect(await passed(1, { sessionId: bob })).toBe(1);
  });

  test('of a browser that has begun one is its own, and then a stranger’s', async () => {
    const attempts = [secrets.mint()];
    expect(await passed(100, { attempts })).toBe(20 + strangersPerMinute);
    expect(await passed(1, { attempts: [secrets.mint()] })).toBe(1);
  });

  test('is no larger for a browser that keeps all its attempts, or drops all but the newest', async () => {
    const first = secrets.mint();
    const chain = [first, secrets.mint(first)];
    expect(await passed(15, { attempts: chain })).toBe(15);
    const newest = secrets.mint(chain[1]);
    expect(await passed(100, { attempts: [newest] })).toBe(5 + strangersPerMinute);
  });

  test('is a stranger’s for what is made up, and for a browser that began long ago', async () => {
    const old = secrets.mint();
    const madeUp = createAttemptSecrets({ key: 'another key', randomBytes, now: () => nowMs }).mint();
    nowMs += 601_000;
    expect(await passed(100, { attempts: [old, madeUp, 'x'] })).toBe(strangersPerMinute);
  });
});
