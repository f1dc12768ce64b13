import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CompactSign } from 'jose';
import { clientKinds } from '../../support/client-kinds.ts';
import type { HttpBrowser } from '../../support/http-browser.ts';
import { type ShiftedClock, shiftClock } from '../../support/shifted-clock.ts';
import { startWorld, type World } from '../../support/world.ts';

const hour = 3_600_000;

describe('console, on a device whose disk is encrypted', () => {
  let clock: ShiftedClock;
  let world: World;
  let browser: HttpBrowser;
  beforeAll(async () => {
    clock = shiftClock();
    world = await startWorld({ clock, session: '{ expiration: 90h, inactivity: 90h }' });
    browser = world.browser('ada-laptop');
    await world.signIn(browser, world.url('wiki'), 'ada');
  });
  afterAll(() => world?.close());

  const setFacts = (facts: object, device = 'ada-laptop') =>
    world.admin(`/api/v1/devices/${device}/facts`, { method: 'PUT', body: facts });

  async function problemOf(host: string): Promise<{ code: string; checks?: readonly object[]; device_url?: string }> {
    return JSON.parse((await browser.send(world.url(host), { headers: clientKinds.script })).body);
  }

  test('a device of which nothing is known is not let in, and the page says which check is missing', async () => {
    const page = await browser.open(world.url('console'));
    expect(page.status).toBe(403);
    expect(page.body).toContain('https://help.corp.example/encrypt');
  });

  test('a fact that the admin sets acts on the next request, both ways', async () => {
    expect((await setFacts({ disk_encrypted: true })).status).toBe(200);
    expect((await browser.open(world.url('console'))).status).toBe(200);
    await setFacts({ disk_encrypted: false });
    expect(await problemOf('console')).toMatchObject({
      code: 'device_not_compliant',
      checks: [{ id: 'disk_encrypted', result: 'fail', source: 'admin', help: 'https://help.corp.example/encrypt' }],
      device_url: world.url('auth', '/.postern/device'),
    });
    await setFacts({ disk_encrypted: true });
    expect((await browser.send(world.url('console'))).status).toBe(200);
    const { body } = await world.admin('/metrics');
    for (const [provider, result, count] of [
      ['none', 'unknown', 1],
      ['admin', 'fail', 1],
      ['admin', 'pass', 2],
    ]) {
      const labels = `check="disk_encrypted",provider="${provider}",result="${result}"`;
      expect(body).toContain(`postern_posture_checks_total{${labels}} ${count}`);
    }
  });

  test('the same person on another device, or on none, is not let in', async () => {
    const onOther = world.browser('lin-laptop');
    await world.signIn(onOther, world.url('wiki'), 'ada');
    expect((await onOther.open(world.url('console'))).status).toBe(403);
    const onNone = world.browser();
    await world.signIn(onNone, world.url('wiki'), 'ada');
    const page = await onNone.open(world.url('console'));
    expect([page.status, page.headers['proxy-status']]).toEqual([403, expect.stringContaining('device_unknown')]);
  });

  test('facts that are older than max_age are no facts', async () => {
    await setFacts({ disk_encrypted: true });
    clock.advance(23 * hour);
    expect((await browser.send(world.url('console'))).status).toBe(200);
    clock.advance(2 * hour);
    expect((await problemOf('console')).code).toBe('posture_stale');
  });

  test('the device reports for itself, over its certificate and signed by its key', async () => {
    const device = world.browser('lin-laptop');
    const { api } = clientKinds;
    const nonce = JSON.parse((await device.send(world.url('auth', '/.postern/device/nonce'), { headers: api })).body);
    expect(nonce.device).toBe('lin-laptop');
    const report = await signedReport(nonce, 'lin-laptop', { disk_encrypted: true });
    const post = (headers: object) =>
      device.send(world.url('auth', '/.postern/device/report'), {
        method: 'POST',
        headers: { ...api, 'content-type': 'application/jose', ...headers },
        body: report,
      });

    const fromPage = await post({ origin: world.url('wiki', '') });
    expect([fromPage.status, JSON.parse(fromPage.body).code]).toEqual([403, 'origin_not_allowed']);
    const accepted = await post({});
    expect(JSON.parse(accepted.body)).toMatchObject({ device: 'lin-laptop' });
    expect(accepted.status).toBe(200);
    expect((await post({})).status).toBe(400);

    const onDevice = world.browser('lin-laptop');
    await world.signIn(onDevice, world.url('wiki'), 'ada');
    expect((await onDevice.open(world.url('console'))).status).toBe(200);
    clock.advance(25 * hour);
    const stale = await onDevice.send(world.url('console'), { headers: clientKinds.script });
    expect(JSON.parse(stale.body).code).toBe('posture_stale');
  });

  test("another device's report in somebody's name is refused", async () => {
    const device = world.browser('lin-laptop');
    const nonce = JSON.parse(
      (await device.send(world.url('auth', '/.postern/device/nonce'), { headers: clientKinds.api })).body,
    );
    const forged = await signedReport(nonce, 'ada-laptop', { disk_encrypted: true });
    const answer = await device.send(world.url('auth', '/.postern/device/report'), {
      method: 'POST',
      headers: { ...clientKinds.api, 'content-type': 'application/jose' },
      body: forged,
    });
    expect(answer.status).toBe(400);
  });

  test('a session that was bound to a device ends when its cookie comes without it', async () => {
    const owner = world.browser('ada-laptop');
    await world.signIn(owner, world.url('wiki'), 'ada');
    const thief = world.browser();
    thief.setCookie('wiki.localhost', '__Host-postern', owner.cookie('wiki.localhost', '__Host-postern'));
    const stolen = await thief.send(world.url('wiki'), { headers: clientKinds.script });
    expect([stolen.status, JSON.parse(stolen.body).code]).toEqual([401, 'session_revoked']);
    const after = await owner.send(world.url('wiki'), { headers: clientKinds.script });
    expect(after.status).toBe(401);
  });

  function signedReport(nonce: { nonce: string; audience: string }, device: string, facts: object): Promise<string> {
    const key = createPrivateKey(readFileSync(world.certificates.devices[device]?.key ?? ''));
    const payload = { aud: nonce.audience, iat: Math.floor(clock.now() / 1000), nonce: nonce.nonce, facts };
    return new CompactSign(Buffer.from(JSON.stringify(payload))).setProtectedHeader({ alg: 'ES256' }).sign(key);
  }
});
