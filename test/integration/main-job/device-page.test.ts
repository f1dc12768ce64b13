import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpBrowser } from '../../support/http-browser.ts';
import { startWorld, type World } from '../../support/world.ts';

describe('the device page', () => {
  let world: World;
  let aheadMs = 0;
  beforeAll(async () => {
    world = await startWorld({
      now: () => Date.now() + aheadMs,
      edit: (yaml) =>
        yaml.replace(
          'require: [disk_encrypted]\n    max_age: 24h',
          'require: [disk_encrypted, "os_version >= 14.0"]\n    max_age: 5m',
        ),
    });
    const facts = { disk_encrypted: false, os_version: '13.2' };
    await world.admin('/api/v1/devices/lin-laptop/facts', { method: 'PUT', body: facts });
  });
  afterAll(() => world?.close());

  async function read(browser: HttpBrowser, language = 'en'): Promise<string> {
    const answer = await browser.send(world.url('auth', '/.postern/device'), {
      headers: { 'accept-language': language, accept: 'text/html', 'sec-fetch-mode': 'navigate' },
    });
    expect(answer.status).toBe(200);
    expect(answer.body).not.toContain('<script');
    return answer.body
      .slice(answer.body.indexOf('<body'))
      .replaceAll(/<[^>]*>/g, ' ')
      .replaceAll(/\s+/g, ' ');
  }

  test('shows each check with value, need, source and time, and the app that it closes', async () => {
    const browser = world.browser('lin-laptop');
    await world.signIn(browser, world.url('auth'), 'ada', 'password');
    const text = await read(browser);
    expect(text).toContain('Disk encryption is off · Needs a change');
    expect(text).toContain('Operating system version · Needs a change');
    expect(text).toMatch(/Seen: 13\.2 ?, Needs: at least 14\.0 ?, set by an administrator/);
    expect(text).toMatch(/Closed until this is fixed: Console/);
    const german = await read(browser, 'de');
    expect(german).toContain('Die Festplatte ist nicht verschlüsselt · Zu ändern');
    expect(german).toContain('Geschlossen, bis das behoben ist: Console');
  });

  test('without a device says what would be asked of one', async () => {
    const browser = world.browser();
    await world.signIn(browser, world.url('auth'), 'ada', 'password');
    const text = await read(browser);
    expect(text).toContain('We don’t recognise this device');
    expect(text).toContain('Disk encryption · Not reported');
    expect(text).toContain('Closed until this is fixed: Console');
  });

  test('on plain HTTP leads to the address that asks for a certificate, and over TLS to none', async () => {
    const open = (url: string) => world.browser().send(url, { headers: { accept: 'text/html' } });
    const elsewhere = `href="${world.url('auth', '/.postern/device')}"`;
    expect((await open(world.plainUrl('auth', '/.postern/device'))).body).toContain(elsewhere);
    expect((await open(world.url('auth', '/.postern/device'))).body).not.toContain(elsewhere);
  });

  test('shows nothing of apps that are closed to the person for other reasons, nor to a stranger', async () => {
    const browser = world.browser();
    await world.signIn(browser, world.url('auth'), 'lin', 'password');
    for (const text of [await read(browser), await read(world.browser()), await read(world.browser('lin-laptop'))]) {
      expect(text).not.toContain('Console');
    }
    expect(await read(browser)).not.toContain('Disk encryption');
    expect(await read(world.browser())).not.toContain('Disk encryption');
  });

  test('shows facts that have grown too old with what they said, and keeps the app closed', async () => {
    await world.admin('/api/v1/devices/ada-laptop/facts', {
      method: 'PUT',
      body: { disk_encrypted: true, os_version: '15.1' },
    });
    const browser = world.browser('ada-laptop');
    await world.signIn(browser, world.url('auth'), 'ada', 'password');
    const fresh = await read(browser);
    expect(fresh).toContain('Everything is in order');
    expect(fresh).toContain('Asked for by: Console');
    aheadMs = 6 * 60_000;
    const text = await read(browser);
    expect(text).toContain('The device has not reported for too long');
    expect(text).toContain('Operating system version · Out of date');
    expect(text).toMatch(/Seen: 15\.1 ?, .*6 minutes ago/);
    expect(text).toContain('Closed until this is fixed: Console');
  });
});
