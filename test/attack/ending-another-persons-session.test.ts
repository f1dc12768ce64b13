import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Answer, HttpBrowser } from '../support/http-browser.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let attacker: HttpBrowser;
let victim: HttpBrowser;
let victimId: string;
let token: string;

beforeAll(async () => {
  world = await startWorld();
  [attacker, victim] = [world.browser(), world.browser()];
  await world.signIn(attacker, world.url('dashboard'), 'lin');
  await world.signIn(victim, world.url('dashboard'), 'ada');
  victimId = await idOf('ada');
  // A second session of the attacker's, so that their page has its forms.
  await world.signIn(world.browser(), world.url('dashboard'), 'lin');
  token = await tokenOf(attacker);
});
afterAll(() => world?.close());

async function idOf(person: string): Promise<string> {
  const { sessions } = JSON.parse((await world.admin(`/api/v1/sessions?user=${person}@corp.example`)).body);
  return sessions[0].id;
}

async function tokenOf(browser: HttpBrowser): Promise<string> {
  const page = await browser.open(world.url('auth', '/.postern/sessions'));
  const found = /name="token" value="([^"]+)"/.exec(page.body)?.[1];
  if (found === undefined) throw new Error(`No form: ${page.status} ${page.body}`);
  return found;
}

function post(
  browser: HttpBrowser,
  path: string,
  fields: Record<string, string>,
  site: string | undefined = 'same-origin',
): Promise<Answer> {
  return browser.send(world.url('auth', `/.postern/sessions/${path}`), {
    method: 'POST',
    body: new URLSearchParams(fields).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': site },
  });
}

const isSignedIn = async (browser: HttpBrowser) => (await browser.send(world.url('dashboard'))).status === 200;

describe.each(['end', 'not-me'])('POST %s', (path) => {
  test('with another person’s session answers as for one that is over, and ends nothing', async () => {
    const answers = [];
    for (const session of [victimId, 'ses_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'nonsense', '']) {
      answers.push(await post(attacker, path, { token, session }));
    }
    for (const { status, headers, body } of answers) {
      expect([status, headers.location, body]).toEqual([303, world.url('auth', '/.postern/sessions?ended=0'), '']);
    }
    expect(await isSignedIn(victim)).toBe(true);
    const risk = JSON.parse((await world.admin('/api/v1/people/ada@corp.example/risk')).body);
    expect(JSON.stringify(risk)).not.toContain('disowned_session');
  });

  test('with no token, a foreign one or that of another form is refused, and ends nothing', async () => {
    const other = world.browser();
    await world.signIn(other, world.url('dashboard'), 'ada');
    const session = victimId;
    const portal = await other.open(world.url('auth'));
    const signOutToken = /name="token" value="([^"]+)"/.exec(portal.body)?.[1] ?? '';
    const victims = await tokenOf(victim);
    for (const wrong of [{}, { token: '' }, { token }, { token: victims }, { token: signOutToken }]) {
      expect((await post(other, path, { session, ...wrong })).status).toBe(403);
    }
    expect(await isSignedIn(victim)).toBe(true);
    expect((await post(other, 'end', { session: await currentOf(other), token: await tokenOf(other) })).status).toBe(
      303,
    );
    expect(await isSignedIn(other)).toBe(true);
  });

  test.each(['cross-site', 'same-site', 'none'])('from a page that is %s is refused', async (site) => {
    const other = world.browser();
    await world.signIn(other, world.url('dashboard'), 'ada');
    const answer = await post(other, path, { session: victimId, token: await tokenOf(other) }, site);
    expect([answer.status, answer.headers['proxy-status']]).toEqual([
      403,
      'postern; error=http_request_denied; details="origin_not_allowed"',
    ]);
    expect(await isSignedIn(victim)).toBe(true);
  });
});

test.each(['end', 'end-others', 'not-me'])('a link to %s ends nothing', async (path) => {
  await attacker.open(world.url('auth', `/.postern/sessions/${path}?session=${victimId}&token=${token}`));
  expect(await isSignedIn(victim)).toBe(true);
});

test('the page that asks tells nothing of another person’s session', async () => {
  const answer = await attacker.send(world.url('auth', `/.postern/sessions/not-me?session=${victimId}`));
  expect([answer.status, answer.headers.location]).toEqual([303, world.url('auth', '/.postern/sessions?ended=0')]);
});

test('a user agent never writes into its owner’s page', async () => {
  const other = world.browser();
  other.always['user-agent'] = 'Mozilla/5.0 (<script>alert(1)</script>; Linux) Firefox/1 <b>planted</b>';
  await world.signIn(other, world.url('dashboard'), 'ada');
  const page = await victim.open(world.url('auth', '/.postern/sessions'));
  expect(page.body).toContain('Firefox on Linux');
  expect(page.body).not.toMatch(/planted|<script|alert/);
});

async function currentOf(browser: HttpBrowser): Promise<string> {
  const page = await browser.open(world.url('auth', '/.postern/sessions'));
  return /id="(ses_\w+)"/.exec(page.body)?.[1] ?? '';
}
