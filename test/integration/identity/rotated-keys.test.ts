import { generateKeyPairSync } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openStage, type Stage } from '../../support/identity-stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

const withdrawn = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });

/** The keys of before a rotation. */
function oldKeys(response: ServerResponse): void {
  const keys = [{ ...withdrawn, kid: 'withdrawn', use: 'sig', alg: 'RS256' }];
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys }));
}

const asks = () => stage.provider.requests.filter((path) => path === '/jwks').length;

describe('a provider that changes its signing keys', () => {
  test('costs nobody a sign-in: an unknown key is asked for at once', async () => {
    stage.provider.misbehaviour.answers = { '/jwks': oldKeys };
    expect((await stage.signIn(stage.newBrowser())).status).toBe(403);
    stage.provider.misbehaviour.answers = {};
    expect((await stage.signIn(stage.newBrowser())).status).toBe(303);
    const before = asks();
    expect((await stage.signIn(stage.newBrowser(), 'bob')).status).toBe(303);
    expect(asks()).toBe(before);
  });

  test('is asked a bounded number of times for keys that it does not have', async () => {
    stage.provider.misbehaviour.answers = { '/jwks': oldKeys };
    for (let round = 0; round < 8; round += 1) {
      expect((await stage.signIn(stage.newBrowser())).status).toBe(403);
    }
    expect(asks()).toBe(4);
    expect(await stage.live()).toEqual([]);
  });
});
