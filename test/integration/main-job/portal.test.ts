import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { clientKinds } from '../../support/client-kinds.ts';
import type { HttpBrowser } from '../../support/http-browser.ts';
import { startWorld, type World } from '../../support/world.ts';

describe('the portal shows what the judge says', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.admin('/api/v1/devices/ada-laptop/facts', { method: 'PUT', body: { disk_encrypted: true } });
    await world.admin('/api/v1/devices/lin-laptop/facts', { method: 'PUT', body: { disk_encrypted: false } });
  });
  afterAll(() => world?.close());

  async function tilesOf(browser: HttpBrowser): Promise<Record<string, string>> {
    const answer = await browser.send(world.url('auth', '/.postern/api/apps'), { headers: clientKinds.script });
    const { apps } = JSON.parse(answer.body) as { apps: { name: string; state: string }[] };
    return Object.fromEntries(apps.map(({ name, state }) => [name, state]));
  }

  test.each([
    ['ada', undefined, { wiki: 'ready', dashboard: 'ready', payroll: 'needs_step_up', console: 'device_unknown' }],
    ['ada', 'ada-laptop', { wiki: 'ready', dashboard: 'ready', payroll: 'needs_step_up', console: 'ready' }],
    ['ada', 'lin-laptop', { wiki: 'ready', dashboard: 'ready', payroll: 'needs_step_up', console: 'fix_device' }],
    ['lin', 'ada-laptop', { wiki: 'ready', dashboard: 'ready' }],
    ['kim', undefined, {}],
  ])('to %s on %s', async (person, device, apps) => {
    const browser = world.browser(device);
    await world.signIn(browser, world.url('auth'), person, 'password');
    expect(await tilesOf(browser)).toEqual({ ...apps, public: 'ready' });
    for (const [name, state] of Object.entries(apps)) {
      const page = await world.signIn(browser, world.url(name), person, 'password');
      const isOpen = page.status === 200 && page.url === world.url(name);
      expect([name, isOpen]).toEqual([name, state === 'ready']);
    }
  });

  test('as a page with a link for each app', async () => {
    const browser = world.browser();
    const page = await world.signIn(browser, world.url('auth'), 'lin');
    expect(page.status).toBe(200);
    expect(page.body).toContain(`href="${world.url('wiki')}"`);
    expect(page.body).not.toContain('Payroll');
  });
});
