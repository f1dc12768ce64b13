import { beforeEach, describe, expect, test } from '@jest/globals';
import { CompactSign } from 'jose';
import { audience, connectionOf, send, sign, stageReports } from '../support/judgement-report.ts';

let stage: Awaited<ReturnType<typeof stageReports>>;
let nonce: string;
let good: { aud: string; iat: number; nonce: string; facts: Record<string, unknown> };

beforeEach(async () => {
  stage = await stageReports();
  nonce = await stage.devices.issueNonce('ada-laptop');
  good = { aud: audience, iat: Math.floor(stage.clock.nowMs / 1000), nonce, facts: { disk_encrypted: true } };
});

async function expectRefused(jws: string): Promise<void> {
  const { devices, ada } = stage;
  expect(await send(devices, jws, ada)).toMatchObject({ outcome: 'refused' });
  expect(await devices.factsOf('ada-laptop')).toEqual({});
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

describe('a report is refused', () => {
  test('never when it is good: the ground of the others', async () => {
    expect(await send(stage.devices, await sign(good, stage.ada), stage.ada)).toMatchObject({ outcome: 'accepted' });
  });

  test('when its nonce was used', async () => {
    const { devices, ada } = stage;
    expect(await send(devices, await sign(good, ada), ada)).toMatchObject({ outcome: 'accepted' });
    expect(await send(devices, await sign(good, ada), ada)).toMatchObject({ outcome: 'refused' });
  });

  test('all but once when its nonce is used by many at the same time', async () => {
    const { devices, ada } = stage;
    const jws = await sign(good, ada);
    const results = await Promise.all(Array.from({ length: 10 }, () => send(devices, jws, ada)));
    expect(results.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(1);
  });

  test('when its nonce was never issued, or is another device’s', async () => {
    const { devices, ada } = stage;
    await expectRefused(await sign({ ...good, nonce: 'a'.repeat(43) }, ada));
    await expectRefused(await sign({ ...good, nonce: await devices.issueNonce('kim-laptop') }, ada));
  });

  test('when its nonce is older than five minutes', async () => {
    const { clock, ada } = stage;
    clock.nowMs += 5 * 60_000 + 1;
    await expectRefused(await sign({ ...good, iat: Math.floor(clock.nowMs / 1000) }, ada));
  });

  test.each([61, 3600, -61, -3600])('when it was made %d seconds from now', async (seconds) => {
    await expectRefused(await sign({ ...good, iat: good.iat + seconds }, stage.ada));
  });

  test('when it is for another audience', async () => {
    for (const aud of ['https://auth.corp.example.evil.example', 'https://auth.corp.example/', [audience], undefined]) {
      await expectRefused(await sign({ ...good, aud }, stage.ada));
    }
  });

  test('when another device signed it', async () => {
    await expectRefused(await sign(good, stage.kim));
  });

  test('when another device’s certificate comes with it', async () => {
    const { devices, ada, kim } = stage;
    const jws = await sign(good, kim);
    expect(await devices.acceptReport(jws, connectionOf(ada), kim.peer, audience)).toMatchObject({
      outcome: 'refused',
    });
  });

  test('when nobody signed it', async () => {
    await expectRefused(`${encode({ alg: 'none' })}.${encode(good)}.`);
    await expectRefused(`${encode({ alg: 'NONE' })}.${encode(good)}.AA`);
  });

  test('when it is signed with the public key as a secret', async () => {
    const secret = new TextEncoder().encode(
      stage.ada.x509.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    );
    const jws = await new CompactSign(new TextEncoder().encode(JSON.stringify(good)))
      .setProtectedHeader({ alg: 'HS256' })
      .sign(secret);
    await expectRefused(jws);
  });

  test('when one byte of it was changed', async () => {
    const [header, , signature] = (await sign(good, stage.ada)).split('.');
    await expectRefused(`${header}.${encode({ ...good, facts: { disk_encrypted: false } })}.${signature}`);
  });

  test('when it brings its own key', async () => {
    const jwk = stage.kim.x509.publicKey.export({ format: 'jwk' });
    await expectRefused(await sign(good, stage.kim, { alg: 'ES256', jwk } as { alg: string }));
  });

  test('when its header demands what we do not know', async () => {
    const [, payload, signature] = (await sign(good, stage.ada)).split('.');
    await expectRefused(`${encode({ alg: 'ES256', crit: ['b64'], b64: false })}.${payload}.${signature}`);
  });

  test.each([
    ['an unknown key', { admin: true }],
    ['facts that are no object', { facts: [true] }],
    ['a fact with a name of its own making', { facts: { 'Disk Encrypted': true } }],
    ['a fact that is an object', { facts: { disk_encrypted: { value: true } } }],
    ['a fact that is null', { facts: { disk_encrypted: null } }],
    ['a fact longer than 256 characters', { facts: { note: 'x'.repeat(257) } }],
    [
      'more than 64 facts',
      { facts: Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`f${index}`, true])) },
    ],
    ['an iat that is text', { iat: '1767600000' }],
    ['no nonce', { nonce: undefined }],
  ])('when it has %s', async (_title, change) => {
    await expectRefused(await sign({ ...good, ...change }, stage.ada));
  });

  test('when it sets what every object has', async () => {
    const payload = JSON.stringify(good).replace('"disk_encrypted"', '"__proto__"');
    const jws = await new CompactSign(new TextEncoder().encode(payload))
      .setProtectedHeader({ alg: 'ES256' })
      .sign(stage.ada.privateKey);
    await expectRefused(jws);
  });

  test('when it is 10 MB long, before it is read', async () => {
    await expectRefused(await sign({ ...good, facts: { note: 'x'.repeat(10_000_000) } }, stage.ada));
    await expectRefused('.'.repeat(10_000_000));
  });

  test('when it is good, but padded', async () => {
    const payload = new TextEncoder().encode(JSON.stringify(good) + ' '.repeat(40_000));
    const jws = await new CompactSign(payload).setProtectedHeader({ alg: 'ES256' }).sign(stage.ada.privateKey);
    await expectRefused(jws);
  });

  test.each(['', '.', '..', 'a.b', '{}', 'a.b.c.d', '\u0000', '💣.💣.💣'])('when it is nonsense: %j', async (jws) => {
    await expectRefused(jws);
  });
});
