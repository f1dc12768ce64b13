import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { clientKinds } from '../../support/client-kinds.ts';
import type { HttpBrowser } from '../../support/http-browser.ts';
import { type ShiftedClock, shiftClock } from '../../support/shifted-clock.ts';
import { startWorld, type World } from '../../support/world.ts';

const hour = 3_600_000;
const day = 24 * hour;

describe('a posture that warns for seven days before it blocks', () => {
  let clock: ShiftedClock;
  let world: World;
  let browser: HttpBrowser;
  let firstWarnedMs: number;
  beforeAll(async () => {
    clock = shiftClock();
    world = await startWorld({
      clock,
      session: '{ expiration: 700h, inactivity: 700h }',
      edit: (yaml) =>
        yaml.replace(
          'require: [disk_encrypted]\n',
          'require: [disk_encrypted]\n    on_fail: { warn_for: 7d, then: block }\n',
        ),
    });
    browser = world.browser('ada-laptop');
    await world.signIn(browser, world.url('wiki'), 'ada');
  });
  afterAll(() => world?.close());

  const setFacts = (facts: object, device = 'ada-laptop') =>
    world.admin(`/api/v1/devices/${device}/facts`, { method: 'PUT', body: facts });
  const ask = async (who = browser) => {
    const answer = await who.send(world.url('console'), { headers: clientKinds.script });
    if (answer.status !== 401) return answer;
    // The credential of this host comes with a page.
    await world.signIn(who, world.url('console'), 'ada');
    return who.send(world.url('console'), { headers: clientKinds.script });
  };
  const codeOf = async (who = browser): Promise<string> => JSON.parse((await ask(who)).body).code;

  async function warnedUntilMs(who = browser): Promise<number> {
    const answer = await ask(who);
    expect(answer.status).toBe(200);
    const [, until] = /^"encrypted";until="([^"]+)"$/.exec(String(answer.headers['postern-device-warning'])) ?? [];
    return Date.parse(until ?? '');
  }

  test('lets nobody in of whose device nothing is known, and warns nobody then', async () => {
    expect(await codeOf()).toBe('posture_stale');
  });

  test('lets a failing device pass, and says until when: to the client, in the portal, on the device page, as a metric', async () => {
    await setFacts({ disk_encrypted: false });
    firstWarnedMs = clock.now();
    const untilMs = await warnedUntilMs();
    expect(Math.abs(untilMs - firstWarnedMs - 7 * day)).toBeLessThan(60_000);

    const apps = JSON.parse((await browser.send(world.url('auth', '/.postern/api/apps'))).body).apps;
    expect(apps.find(({ name }: { name: string }) => name === 'console')).toMatchObject({
      state: 'warned',
      reason: null,
      blocks_at: new Date(untilMs).toISOString(),
    });
    expect((await browser.open(world.url('auth', '/'))).body).toContain(new Date(untilMs).toISOString());
    const page = (await browser.open(world.url('auth', '/.postern/device'))).body;
    expect(page).toContain('Something needs a change soon');
    expect(page).toContain(new Date(untilMs).toISOString());

    const { body: metrics } = await world.admin('/metrics');
    expect(metrics).toContain('postern_device_warnings_total{route="console"} ');
  });

  test('never restarts: not when the device was mended in between, nor on another day, nor after a restart; the trail has it', async () => {
    const untilMs = await warnedUntilMs();
    await setFacts({ disk_encrypted: true });
    expect((await ask()).headers['postern-device-warning']).toBeUndefined();
    clock.advance(5 * day);
    await setFacts({ disk_encrypted: false });
    expect(await warnedUntilMs()).toBe(untilMs);
    await world.restart();
    expect(await warnedUntilMs()).toBe(untilMs);
    // The restart wrote everything out.
    const folder = join(world.folder, 'audit');
    const trail = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    expect(trail.join('\n')).toMatch(
      new RegExp(`"encrypted":{"result":"warned".*"warned_since_ms":[0-9]+,"warned_until_ms":${untilMs}}`),
    );
  });

  test('counts from the warning of each person, and is no matter of the device', async () => {
    const other = world.browser('lin-laptop');
    await world.signIn(other, world.url('wiki'), 'ada');
    await setFacts({ disk_encrypted: false }, 'lin-laptop');
    expect(await warnedUntilMs(other)).toBe(await warnedUntilMs());
  });

  test('gives no grace to facts that are too old', async () => {
    clock.advance(25 * hour);
    expect(await codeOf()).toBe('posture_stale');
    await setFacts({ disk_encrypted: false });
    expect((await ask()).status).toBe(200);
  });

  test('gives none to the same person without a certificate', async () => {
    const onNone = world.browser();
    await world.signIn(onNone, world.url('wiki'), 'ada');
    expect(await codeOf(onNone)).toBe('device_unknown');
  });

  test('blocks once the seven days are over, and opens when the device is mended', async () => {
    clock.advance(day);
    await setFacts({ disk_encrypted: false });
    expect(await codeOf()).toBe('device_not_compliant');
    await setFacts({ disk_encrypted: true });
    expect((await ask()).status).toBe(200);
  });
});
