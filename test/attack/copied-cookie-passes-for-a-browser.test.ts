import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpBrowser } from '../support/http-browser.ts';
import { askForBrowser, createKeyBrowser, type KeyBrowser } from '../support/key-browser.ts';
import { startWorld, type World } from '../support/world.ts';

const hosts = ['auth', 'wiki', 'dashboard'];

/** Every cookie of the owner, in a browser without the key. */
function copyOf(world: World, owner: HttpBrowser, taken: readonly string[]): HttpBrowser {
  const thief = world.browser();
  for (const host of taken) {
    for (const [name, value] of owner.cookiesOf(`${host}.localhost`)) thief.setCookie(`${host}.localhost`, name, value);
  }
  return thief;
}

describe('a thief who copied every cookie, and has no key', () => {
  let world: World;
  let owner: KeyBrowser;
  beforeAll(async () => {
    world = await startWorld({ edit: (yaml) => askForBrowser(yaml) });
    owner = await createKeyBrowser(world);
    await world.signIn(owner.browser, world.url('wiki'), 'ada', 'password');
    await owner.register();
    expect((await owner.open(world.url('wiki'))).status).toBe(200);
  });
  afterAll(() => world?.close());

  /** The owner on the way to an app that was left. */
  const askedAnew = () => {
    owner.browser.setCookie('dashboard.localhost', '__Host-postern', undefined);
    return owner.browser.open(world.url('dashboard'));
  };

  test('is let into no app for which the owner did not prove the browser', async () => {
    const thief = copyOf(world, owner.browser, hosts);
    const page = await thief.open(world.url('dashboard'));
    expect(page.url).toContain('/.postern/step-up');
    expect(world.app.seen.filter(({ headers }) => headers.host?.startsWith('dashboard'))).toEqual([]);
  });

  test('gains nothing by what the owner proves afterwards', async () => {
    const thief = copyOf(world, owner.browser, ['auth', 'dashboard']);
    await owner.open(world.url('dashboard'));
    expect((await thief.send(world.url('dashboard'))).status).toBe(302);
    expect((await thief.open(world.url('dashboard'))).url).toContain('/.postern/step-up');
  });

  test('cannot answer by a key of his own, nor register one without a second factor of now', async () => {
    const thief = await createKeyBrowser(world, copyOf(world, owner.browser, ['auth']));
    const page = await thief.browser.open(world.url('dashboard'));
    expect((await thief.run(page)).status).toBe(403);
    expect((await thief.run(page, (form) => form.set('kid', owner.kid))).status).toBe(403);
  });

  test('a proof is good once, for its own page and session', async () => {
    const page = await askedAnew();
    let sent = '';
    const first = await owner.run(page, (form) => {
      sent = form.get('proof') ?? '';
    });
    expect(first.status).toBe(200);
    expect((await owner.run(page, (form) => form.set('proof', sent))).status).toBe(403);
    const otherPage = await owner.browser.open(world.url('auth', '/.postern/device'));
    expect((await owner.run(otherPage, (form) => form.set('proof', sent))).status).toBe(400);
  });

  test('another site cannot post for the browser', async () => {
    const page = await askedAnew();
    expect((await owner.run(page, (form) => form.set('token', 'guessed'))).status).toBe(403);
  });
});
