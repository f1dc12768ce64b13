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

  let asked = 0;
  /** The owner on the way to an app that was left; each time to another page, since many ways to one are taken for a loop. */
  const askedAnew = () => {
    owner.browser.setCookie('dashboard.localhost', '__Host-postern', undefined);
    asked += 1;
    return owner.browser.open(world.url('dashboard', `/${asked}`));
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

  test('a form that is malformed is refused, and the next good one counts', async () => {
    const page = await askedAnew();
    const spoils: readonly ((form: URLSearchParams) => void)[] = [
      (form) => form.delete('proof'),
      (form) => form.append('kid', 'twice'),
      (form) => form.append('proof', 'twice'),
      (form) => form.set('proof', 'x'.repeat(5_000)),
      (form) => form.set('proof', '\u0000..'),
      (form) => form.set('rt', 'nowhere'),
      (form) => form.set('filler', 'x'.repeat(100_000)),
    ];
    const statuses = [];
    for (const spoil of spoils) statuses.push((await owner.run(page, spoil)).status);
    // With an unknown target the proof is good, and leads to the portal: it opens no app.
    expect(statuses).toEqual([403, 403, 403, 403, 403, 200, 413]);
    expect((await owner.run(await askedAnew())).status).toBe(200);
  });

  test('what the owner registered is nothing to another person', async () => {
    const lin = world.browser();
    await world.signIn(lin, world.url('wiki'), 'lin', 'password');
    const page = await lin.open(world.url('wiki'));
    expect([page.status, page.headers['proxy-status']]).toEqual([403, expect.stringContaining('step_up_not_met')]);
  });

  test('another site cannot post for the browser', async () => {
    const page = await askedAnew();
    expect((await owner.run(page, (form) => form.set('token', 'guessed'))).status).toBe(403);
  });
});
