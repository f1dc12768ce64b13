import { generateKeyPairSync, randomBytes, webcrypto } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type BrowserKey, readBrowserKey } from '../../src/devices/browser-key.ts';
import { type BrowserProofs, browserProofType, createBrowserProofs } from '../../src/devices/browser-proof.ts';
import { createStateFolder } from '../support/state-folder.ts';

const audience = 'https://auth.corp.example/.postern/device/browser/proof';
const clock = { nowMs: Date.UTC(2026, 0, 5, 10) };
let folder: ReturnType<typeof createStateFolder>;
let proofs: BrowserProofs;
let own: Browser;

interface Browser {
  readonly keys: webcrypto.CryptoKeyPair;
  readonly key: BrowserKey;
}

/** A key as a browser makes it: not extractable. */
async function newBrowser(): Promise<Browser> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
  const { kty, crv, x, y } = await webcrypto.subtle.exportKey('jwk', keys.publicKey);
  const key = await readBrowserKey({ kty, crv, x, y });
  if (key === undefined) throw new Error('The key of the test was refused.');
  return { keys, key };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

async function sign(browser: Browser, payload: object, header: object = {}): Promise<string> {
  const signed = `${encode({ alg: 'ES256', typ: browserProofType, ...header })}.${encode(payload)}`;
  const way = { name: 'ECDSA', hash: 'SHA-256' };
  const signature = await webcrypto.subtle.sign(way, browser.keys.privateKey, Buffer.from(signed));
  return `${signed}.${Buffer.from(signature).toString('base64url')}`;
}

async function good(sessionId = 'ses_own', browser = own) {
  const nonce = await proofs.issueNonce(sessionId);
  return { aud: audience, nonce, kid: browser.key.keyId };
}

const check = (jws: string, sessionId = 'ses_own') => proofs.check(jws, own.key, sessionId, audience);

beforeEach(async () => {
  folder = createStateFolder(() => clock.nowMs);
  proofs = createBrowserProofs({ store: await folder.open(), now: () => clock.nowMs, randomBytes });
  own = await newBrowser();
});
afterEach(() => folder.dispose());

describe('a proof of a registered browser', () => {
  test('counts from our time when it is good: the ground of the others', async () => {
    const payload = await good();
    expect(await check(await sign(own, payload))).toEqual({
      outcome: 'proved',
      keyId: own.key.keyId,
      provedAtMs: clock.nowMs,
    });
  });

  test('counts once, also when it comes many times at once', async () => {
    const jws = await sign(own, await good());
    const results = await Promise.all(Array.from({ length: 8 }, () => check(jws)));
    expect(results.filter(({ outcome }) => outcome === 'proved')).toHaveLength(1);
    expect(await check(jws)).toMatchObject({ outcome: 'refused' });
  });

  test('is nothing to another session', async () => {
    const jws = await sign(own, await good('ses_other'));
    expect(await check(jws, 'ses_own')).toMatchObject({ outcome: 'refused' });
  });

  test('is nothing at another origin or for another purpose', async () => {
    for (const aud of ['https://evil.example/.postern/device/browser/proof', `${audience}/`, [audience], undefined]) {
      expect(await check(await sign(own, { ...(await good()), aud }))).toMatchObject({ outcome: 'refused' });
    }
  });

  test('is nothing by another key, whatever key it names, and uses up no nonce', async () => {
    const thief = await newBrowser();
    const payload = await good();
    expect(await check(await sign(thief, payload))).toMatchObject({ outcome: 'refused' });
    expect(await check(await sign(thief, payload, { jwk: thief.key.jwk, kid: own.key.keyId }))).toMatchObject({
      outcome: 'refused',
    });
    expect(await check(await sign(own, { ...payload, kid: thief.key.keyId }))).toMatchObject({ outcome: 'refused' });
    expect(await check(await sign(own, payload))).toMatchObject({ outcome: 'proved' });
  });

  test.each([{ alg: 'none' }, { alg: 'HS256' }, { alg: 'ES384' }, { typ: 'JWT' }, { typ: undefined }])(
    'is nothing with the header %j',
    async (header) => {
      const payload = await good();
      expect(await check(await sign(own, payload, header))).toMatchObject({ outcome: 'refused' });
      const unsigned = `${encode({ alg: 'none', typ: browserProofType })}.${encode(payload)}.`;
      expect(await check(unsigned)).toMatchObject({ outcome: 'refused' });
    },
  );

  test('is nothing when its nonce has run out or was never given', async () => {
    const payload = await good();
    expect(await check(await sign(own, { ...payload, nonce: 'a'.repeat(43) }))).toMatchObject({ outcome: 'refused' });
    clock.nowMs += 5 * 60_000 + 1;
    expect(await check(await sign(own, payload))).toMatchObject({ outcome: 'refused' });
  });

  test('is nothing with further members, when too long, or when it is no JWS', async () => {
    const payload = await good();
    for (const jws of [
      await sign(own, { ...payload, iat: 1 }),
      await sign(own, { ...payload, aud: 'x'.repeat(4_000) }),
      '',
      '..',
      'a.b.c',
    ]) {
      expect(await check(jws)).toMatchObject({ outcome: 'refused' });
    }
  });
});

describe('the key of a registered browser', () => {
  test('is a public P-256 key and nothing else', async () => {
    const { jwk } = own.key;
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const values = [
      privateKey.export({ format: 'jwk' }),
      publicKey.export({ format: 'jwk' }),
      { kty: 'oct', k: 'c2VjcmV0' },
      { ...jwk, kid: 'the-key-of-somebody-else' },
      { ...jwk, y: jwk.x },
      undefined,
      'key',
    ];
    for (const value of values) expect(await readBrowserKey(value)).toBeUndefined();
    expect((await readBrowserKey(jwk))?.keyId).toBe(own.key.keyId);
  });
});
