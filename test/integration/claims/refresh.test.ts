import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { HttpBrowser } from '../../support/http-browser.ts';
import { openWebSocket } from '../../support/live-connections.ts';
import { type ShiftedClock, shiftClock } from '../../support/shifted-clock.ts';
import { people, startWorld, type World } from '../../support/world.ts';

const minuteMs = 60_000;

let clock: ShiftedClock;
let world: World;
let staff: { id: string; email: string; name: string; groups: readonly string[] }[];

async function start(givesRefreshTokens: boolean, refresh = '10m'): Promise<void> {
  clock = shiftClock();
  staff = people.map((person) => ({ ...person }));
  world = await startWorld({
    clock,
    people: staff,
    givesRefreshTokens,
    session: '{ expiration: 24h, inactivity: 12h }',
    routes: `
  - name: young
    title: Young
    from: https://other.localhost:PORT
    to: ["APP"]
    tls_upstream_server_name: app.internal
    tls_custom_ca_file: CA_FILE
    allow: [{ id: young, when: 'user.claims_age < duration("5m")' }]
`,
    edit: (yaml) => yaml.replace('    scopes:', `    refresh: ${refresh}\n    claims_max_age: 2h\n    scopes:`),
  });
}

afterEach(() => world?.close());

async function signedIn(person = 'ada'): Promise<HttpBrowser> {
  const browser = world.browser();
  const page = await world.signIn(browser, world.url('dashboard'), person);
  expect(page.status).toBe(200);
  return browser;
}

const statusOf = async (browser: HttpBrowser, host = 'dashboard') => (await browser.send(world.url(host))).status;

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10));
}

async function refreshes(result: string, asked = world): Promise<number> {
  const text = (await asked.admin('/metrics')).body;
  const line = text
    .split('\n')
    .find(
      (one) =>
        one.startsWith('postern_claims_refreshes_total{') &&
        one.includes(`idp="corp"`) &&
        one.includes(`result="${result}"`),
    );
  return Number(line?.split(' ').at(-1) ?? 0);
}

async function afterRefresh(result: string, beforehand: () => void = () => undefined): Promise<void> {
  const before = await refreshes(result);
  beforehand();
  clock.advance(11 * minuteMs);
  await until(async () => (await refreshes(result)) > before);
}

const groupsOf = (id: string, groups: readonly string[]) => {
  const person = staff.find((one) => one.id === id);
  if (person !== undefined) person.groups = groups;
};

const asked = (path: string) => world.provider.requests.filter((url) => url === path).length;

describe.each([
  ['refresh tokens', true],
  ['userinfo', false],
])('claims that are read again by %s', (_name, givesRefreshTokens) => {
  // An access token of the provider lasts ten minutes.
  beforeEach(() => start(givesRefreshTokens, '5m'));

  test('close an app and an open WebSocket when a group is lost, and nothing else', async () => {
    const [ada, lin] = [await signedIn('ada'), await signedIn('lin')];
    const socket = await openWebSocket(world, ada, world.url('dashboard'));
    const before = await refreshes('success');
    groupsOf('ada', ['finance']);
    clock.advance(5.5 * minuteMs);
    expect(await socket.closed).toBe(3003);
    await until(async () => (await refreshes('success')) >= before + 2);
    expect(await statusOf(ada)).toBe(403);
    expect((await world.signIn(ada, world.url('wiki'), 'ada')).status).toBe(200);
    expect(await statusOf(lin)).toBe(200);
  });
});

describe('without refresh tokens', () => {
  beforeEach(() => start(false, '5m'));

  test('userinfo of another person is not believed, and gives nobody their groups', async () => {
    groupsOf('ada', []);
    const ada = world.browser();
    expect((await world.signIn(ada, world.url('wiki'), 'ada')).status).toBe(200);
    expect((await world.signIn(ada, world.url('dashboard'), 'ada')).status).toBe(403);
    const another = JSON.stringify({ sub: 'lin', email: 'lin@corp.example', groups: ['engineering'] });
    world.provider.misbehaviour.answers = {
      '/me': (response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(another),
    };
    const before = await refreshes('refused');
    clock.advance(5.5 * minuteMs);
    await until(async () => (await refreshes('refused')) > before);
    expect(await statusOf(ada)).toBe(403);
  });

  test('a session is over at claims_max_age once its access token is', async () => {
    const ada = await signedIn();
    await afterRefresh('impossible');
    expect(await statusOf(ada)).toBe(200);
    clock.advance(120 * minuteMs);
    expect(await statusOf(ada)).toBe(302);
  });
});

describe('with refresh tokens', () => {
  beforeEach(() => start(true));

  test('each is used once and the next one kept: the session goes on and on', async () => {
    const ada = await signedIn();
    for (let round = 0; round < 4; round += 1) await afterRefresh('success');
    expect(await statusOf(ada)).toBe(200);
    expect(await refreshes('ended')).toBe(0);
  });

  test('an account that is disabled is signed out', async () => {
    const ada = await signedIn();
    const socket = await openWebSocket(world, ada, world.url('dashboard'));
    await afterRefresh('ended', () => void staff.splice(0, 1));
    await socket.closed;
    expect(await statusOf(ada)).toBe(302);
  });

  test('a provider that fails, asks for patience or drops connections ends nothing, and is heard again', async () => {
    const ada = await signedIn();
    const { misbehaviour } = world.provider;
    await afterRefresh('away', () => {
      misbehaviour.failsOn = '/token';
    });
    misbehaviour.failsOn = undefined;
    await afterRefresh('away', () => {
      misbehaviour.answers = { '/token': (response) => void response.writeHead(429, { 'retry-after': '600' }).end() };
    });
    const before = asked('/token');
    misbehaviour.answers = {};
    clock.advance(9 * minuteMs);
    expect(await statusOf(ada)).toBe(200);
    expect(asked('/token')).toBe(before);
    await afterRefresh('away', () => {
      misbehaviour.isDead = true;
    });
    expect(await statusOf(ada)).toBe(200);
    misbehaviour.isDead = false;
    groupsOf('ada', []);
    await afterRefresh('success');
    expect(await statusOf(ada)).toBe(403);
  });

  test('a session whose claims cannot be read again ends at claims_max_age', async () => {
    const ada = await signedIn();
    world.provider.misbehaviour.failsOn = '/token';
    clock.advance(119 * minuteMs);
    expect(await statusOf(ada)).toBe(200);
    clock.advance(2 * minuteMs);
    expect(await statusOf(ada)).toBe(302);
  });

  test('the age of claims is a fact that a rule may ask for', async () => {
    const ada = await signedIn();
    expect((await world.signIn(ada, world.url('other'), 'ada')).status).toBe(200);
    clock.advance(6 * minuteMs);
    expect(await statusOf(ada, 'other')).toBe(403);
    await afterRefresh('success');
    expect(await statusOf(ada, 'other')).toBe(200);
  });

  test('two programs on one state never use one refresh token twice', async () => {
    const ada = await signedIn();
    const second = await world.startSecond();
    const cookie = `__Host-postern=${ada.cookie('dashboard.localhost', '__Host-postern')}`;
    const elsewhere = () =>
      world.browser().send(`https://dashboard.localhost:${second.tlsPort}/`, {
        headers: { cookie, host: new URL(world.url('dashboard')).host },
      });
    for (let round = 0; round < 3; round += 1) {
      expect((await elsewhere()).status).toBe(200);
      expect(await statusOf(ada)).toBe(200);
      const before = asked('/token');
      clock.advance(11 * minuteMs);
      await until(() => asked('/token') > before);
      await until(async () => (await statusOf(ada, 'other')) !== 503);
    }
    expect(await statusOf(ada)).toBe(200);
    expect(await refreshes('ended')).toBe(0);
  });
});
