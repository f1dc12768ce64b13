import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { CompactSign } from 'jose';
import { clientKinds } from '../../support/client-kinds.ts';
import type { HttpBrowser } from '../../support/http-browser.ts';
import { startWorld, type World } from '../../support/world.ts';

let world: World;
let browser: HttpBrowser;
let device: HttpBrowser;
beforeAll(async () => {
  world = await startWorld();
  browser = world.browser('ada-laptop');
  device = world.browser('ada-laptop');
  await world.signIn(browser, world.url('wiki'), 'ada');
});
afterAll(() => world?.close());
beforeEach(() => world.admin('/api/v1/devices/ada-laptop/facts', { method: 'PUT', body: { disk_encrypted: true } }));

interface Challenge {
  readonly nonce: string;
  readonly audience: string;
}

async function challenge(from = device): Promise<Challenge> {
  const answer = await from.send(world.url('auth', '/.postern/device/nonce'), { headers: clientKinds.api });
  return JSON.parse(answer.body);
}

function sign(payload: object, signer = 'ada-laptop'): Promise<string> {
  const files = world.certificates.devices[signer];
  if (files === undefined) throw new Error('There is no such device.');
  return new CompactSign(Buffer.from(JSON.stringify(payload)))
    .setProtectedHeader({ alg: 'ES256' })
    .sign(createPrivateKey(readFileSync(files.key)));
}

const nowSeconds = () => Math.floor(Date.now() / 1000);
const lie = { disk_encrypted: false };

function post(body: string) {
  return device.send(world.url('auth', '/.postern/device/report'), {
    method: 'POST',
    headers: { ...clientKinds.api, 'content-type': 'application/jose' },
    body,
  });
}

const faults: readonly [string, (from: Challenge) => Promise<string>, number][] = [
  [
    'signed by another device',
    ({ nonce, audience }) => sign({ aud: audience, iat: nowSeconds(), nonce, facts: lie }, 'lin-laptop'),
    400,
  ],
  ['of the future', ({ nonce, audience }) => sign({ aud: audience, iat: nowSeconds() + 3600, nonce, facts: lie }), 400],
  ['of the past', ({ nonce, audience }) => sign({ aud: audience, iat: nowSeconds() - 3600, nonce, facts: lie }), 400],
  [
    'with the nonce of another device',
    async ({ audience }) =>
      sign({
        aud: audience,
        iat: nowSeconds(),
        nonce: (await challenge(world.browser('lin-laptop'))).nonce,
        facts: lie,
      }),
    400,
  ],
  [
    'of 10 MB of facts',
    ({ nonce, audience }) =>
      sign({ aud: audience, iat: nowSeconds(), nonce, facts: { ...lie, note: 'x'.repeat(10_000_000) } }),
    413,
  ],
  [
    'of 2,000 facts',
    ({ nonce, audience }) =>
      sign({
        aud: audience,
        iat: nowSeconds(),
        nonce,
        facts: { ...lie, ...Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`f${index}`, 1])) },
      }),
    400,
  ],
  [
    'with unknown keys',
    ({ nonce, audience }) => sign({ aud: audience, iat: nowSeconds(), nonce, facts: lie, source: 'admin' }),
    400,
  ],
  [
    'with facts that are no facts',
    ({ nonce, audience }) => sign({ aud: audience, iat: nowSeconds(), nonce, facts: { ...lie, nested: { a: 1 } } }),
    400,
  ],
  ['that is garbage', async () => '{"facts":{"disk_encrypted":false}}', 400],
];

describe('a report', () => {
  test.each(faults)('%s is refused, and nothing that was known changes', async (_, make, status) => {
    const before = (await world.admin('/api/v1/devices/ada-laptop')).body;
    expect((await browser.open(world.url('console'))).status).toBe(200);
    expect((await post(await make(await challenge()))).status).toBe(status);
    expect((await world.admin('/api/v1/devices/ada-laptop')).body).toBe(before);
    expect((await browser.send(world.url('console'))).status).toBe(200);
    expect((await browser.send(world.url('wiki'))).status).toBe(200);
  });

  test('that is sent twice counts once', async () => {
    const { nonce, audience } = await challenge();
    const report = await sign({ aud: audience, iat: nowSeconds(), nonce, facts: { disk_encrypted: true } });
    expect((await post(report)).status).toBe(200);
    const after = (await world.admin('/api/v1/devices/ada-laptop')).body;
    expect((await post(report)).status).toBe(400);
    expect((await world.admin('/api/v1/devices/ada-laptop')).body).toBe(after);
  });

  test('without a certificate is not read at all', async () => {
    const { nonce, audience } = await challenge();
    const report = await sign({ aud: audience, iat: nowSeconds(), nonce, facts: lie });
    const answer = await world.browser().send(world.url('auth', '/.postern/device/report'), {
      method: 'POST',
      headers: { ...clientKinds.api, 'content-type': 'application/jose' },
      body: report,
    });
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([403, 'device_unknown']);
    expect((await browser.send(world.url('console'))).status).toBe(200);
  });
});
