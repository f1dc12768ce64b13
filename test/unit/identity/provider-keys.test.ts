import { describe, expect, test } from '@jest/globals';
import type { ProviderAnswer } from '../../../src/identity/provider-calls.ts';
import { createProviderKeys, keyIdOf } from '../../../src/identity/provider-keys.ts';

function answerOf(json: unknown, status = 200): ProviderAnswer {
  return { status, headers: new Headers(), body: Buffer.from(JSON.stringify(json)) };
}

function stageKeys(served: readonly string[]) {
  const stage = { nowMs: 1_000_000, asked: 0, served, isBroken: false };
  const keys = createProviderKeys({
    now: () => stage.nowMs,
    async ask() {
      stage.asked += 1;
      if (stage.isBroken) return answerOf({ error: 'away' }, 503);
      return answerOf({ keys: stage.served.map((kid) => ({ kid })) });
    },
  });
  return { stage, keys };
}

describe('the keys of a provider', () => {
  test('are asked for once, and again when they are old or the clock was set back', async () => {
    const { stage, keys } = stageKeys(['one']);
    for (let round = 0; round < 5; round += 1) await keys.answerFor('one');
    expect(stage.asked).toBe(1);
    stage.nowMs += 300_000;
    await keys.answerFor('one');
    expect(stage.asked).toBe(2);
    stage.nowMs -= 3_600_000;
    await keys.answerFor('one');
    expect(stage.asked).toBe(3);
  });

  test('are asked for at once when the provider has changed them', async () => {
    const { stage, keys } = stageKeys(['old']);
    await keys.answerFor('old');
    stage.served = ['new'];
    expect((await keys.answerFor('new')).body.toString()).toContain('new');
    expect(stage.asked).toBe(2);
  });

  test('are asked for once by all who wait for the same', async () => {
    const { stage, keys } = stageKeys(['old']);
    await keys.answerFor('old');
    stage.served = ['new'];
    const answers = await Promise.all(Array.from({ length: 50 }, () => keys.answerFor('new')));
    expect(stage.asked).toBe(2);
    for (const { body } of answers) expect(body.toString()).toContain('new');
  });

  test('are asked for a bounded number of times by a flood of made-up ones', async () => {
    const { stage, keys } = stageKeys(['one']);
    await keys.answerFor('one');
    for (let round = 0; round < 1_000; round += 1) await keys.answerFor(`made-up-${round}`);
    expect(stage.asked).toBe(4);
    stage.nowMs += 60_000;
    for (let round = 0; round < 1_000; round += 1) await keys.answerFor(`made-up-${round}`);
    expect(stage.asked).toBe(7);
  });

  test('are not replaced by an error', async () => {
    const { stage, keys } = stageKeys(['one']);
    await keys.answerFor('one');
    stage.isBroken = true;
    expect((await keys.answerFor('unknown')).status).toBe(503);
    expect((await keys.answerFor('one')).status).toBe(200);
  });
});

test('the key of a token is read from its header, and from nothing else', () => {
  const token = (header: unknown) =>
    `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${Buffer.from('{"kid":"no"}').toString('base64url')}.x`;
  expect(keyIdOf(answerOf({ id_token: token({ kid: 'one' }) }))).toBe('one');
  for (const odd of [{ kid: 7 }, {}, null, 'text', []]) {
    expect(keyIdOf(answerOf({ id_token: token(odd) }))).toBeUndefined();
  }
  for (const odd of [{}, null, { id_token: 'no.token' }, { id_token: 5 }, 'text']) {
    expect(keyIdOf(answerOf(odd))).toBeUndefined();
  }
});
