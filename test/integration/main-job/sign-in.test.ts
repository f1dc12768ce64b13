import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startWorld, type World } from '../../support/world.ts';

describe('the main job over TLS', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.close());

  test('a person signs in once and reaches the app that was asked for, path and query kept', async () => {
    const browser = world.browser();
    const page = await world.signIn(browser, world.url('wiki', '/pages/1?x=%20y'), 'ada');
    expect(page.status).toBe(200);
    expect(page.url).toBe(world.url('wiki', '/pages/1?x=%20y'));
    const seen = JSON.parse(page.body);
    expect(seen.url).toBe('/pages/1?x=%20y');
    expect(seen.headers['x-postern-email']).toBe('ada@corp.example');
    expect(seen.headers['x-postern-assertion']).toMatch(/^ey/);
    expect(seen.headers.cookie).toBeUndefined();
  });

  test('single sign-on opens the next app without the provider being asked', async () => {
    const browser = world.browser();
    await world.signIn(browser, world.url('wiki'), 'lin');
    const asked = world.provider.requests.length;
    const page = await browser.open(world.url('dashboard'));
    expect(page.status).toBe(200);
    expect(world.provider.requests.length).toBe(asked);
  });
});
