import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { createAttemptSecrets } from '../../../src/sessions/attempt-secret.ts';
import { isSecret, mintSecret } from '../../../src/state/secret.ts';

const nowMs = 1_750_000_000_500;
const secrets = createAttemptSecrets({ key: 'a key of the state', randomBytes, now: () => nowMs });

test('an attempt’s secret is known again by every process with the key, and by no other', () => {
  const secret = secrets.mint();
  expect(isSecret(secret)).toBe(true);
  const there = createAttemptSecrets({ key: 'a key of the state', randomBytes, now: () => 0 });
  expect(there.lineageOf(secret)).toMatchObject({ begunAtMs: 1_750_000_000_000 });
  const stranger = createAttemptSecrets({ key: 'another key', randomBytes, now: () => nowMs });
  expect(stranger.lineageOf(secret)).toBeUndefined();
});

test('a later attempt of a browser counts with its first; no two are alike', () => {
  const first = secrets.mint();
  const second = secrets.mint(first);
  expect(second).not.toBe(first);
  expect(secrets.lineageOf(secrets.mint(second))).toEqual(secrets.lineageOf(first));
  expect(secrets.lineageOf(secrets.mint('made up'))).not.toEqual(secrets.lineageOf(first));
});

test('what is made up, altered in any byte or not of ours belongs to nobody', () => {
  const secret = secrets.mint();
  for (const text of ['', 'x', mintSecret(randomBytes), `${secret}=`, secret.slice(1)]) {
    expect(secrets.lineageOf(text)).toBeUndefined();
  }
  for (let at = 0; at < 32; at += 1) {
    const altered = Buffer.from(secret, 'base64url');
    altered[at] = (altered[at] ?? 0) ^ 1;
    expect(secrets.lineageOf(altered.toString('base64url'))).toBeUndefined();
  }
});
