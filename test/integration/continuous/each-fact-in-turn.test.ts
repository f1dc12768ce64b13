import { writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { clientKinds } from '../../support/client-kinds.ts';
import type { HttpBrowser } from '../../support/http-browser.ts';
import { openFeed, openWebSocket } from '../../support/live-connections.ts';
import { type ShiftedClock, shiftClock } from '../../support/shifted-clock.ts';
import { people, startWorld, type World } from '../../support/world.ts';

const device = 'ada-laptop';
const grant = '{ id: staff, groups: [engineering], networks: [office], device: encrypted, risk: { below: 50 } }';
const routes = `
  - name: desk
    title: Desk
    from: https://desk.localhost:PORT
    to: ["APP"]
    tls_upstream_server_name: app.internal
    tls_custom_ca_file: CA_FILE
    allow_websockets: true
    websocket: { deny: close }
    allow:
      - ${grant}
`;

let clock: ShiftedClock;
let world: World;
let staff: { id: string; email: string; name: string; groups: readonly string[] }[];
const feeds: ServerResponse[] = [];

beforeAll(async () => {
  clock = shiftClock();
  staff = people.map((person) => ({ ...person }));
  world = await startWorld({
    clock,
    people: staff,
    givesRefreshTokens: true,
    server: '  trusted_proxies: [127.0.0.1/32]',
    // Nothing may close by the timer what a change has to close.
    session: '{ expiration: 24h, inactivity: 24h, recheck: 1h }',
    routes,
    hosts: ['desk'],
    extra: 'networks: { office: [127.0.0.0/8] }',
    edit: (yaml) => yaml.replace('    scopes:', '    refresh: 10m\n    claims_max_age: 12h\n    scopes:'),
  });
});
afterEach(() => {
  world.app.answer = undefined;
  for (const feed of feeds.splice(0)) feed.destroy();
});
afterAll(() => world?.close());

async function setFacts(facts: object): Promise<void> {
  const { status } = await world.admin(`/api/v1/devices/${device}/facts`, { method: 'PUT', body: facts });
  expect(status).toBe(200);
}

async function reload(text: string): Promise<void> {
  expect(text === world.text).toBe(false);
  await load(text);
}

async function load(text: string): Promise<void> {
  writeFileSync(world.file, text);
  const { status, body } = await world.admin('/api/v1/reload', { method: 'POST', body: { allow_lockout: true } });
  expect([status, body]).toEqual([200, body]);
}

async function sessionOf(person: string): Promise<string> {
  const { sessions } = JSON.parse((await world.admin(`/api/v1/sessions?user=${person}@corp.example`)).body);
  const ids: string[] = sessions.map(({ id }: { id: string }) => id);
  return ids.sort().at(-1) ?? '';
}

const ada = () => staff.find(({ id }) => id === 'ada') ?? staff[0];

/** A fact about Ada, her laptop or the rule that lets her in. */
interface Fact {
  readonly turn: () => Promise<unknown>;
  readonly turnBack: () => Promise<unknown>;
  /** What a script of the app is told on the next request. */
  readonly request: readonly [status: number, code: string];
  readonly webSocket: readonly [closeCode: number, code: string];
}

const facts: Readonly<Record<string, Fact>> = {
  'network: the office is elsewhere': {
    turn: () => reload(world.text.replace('office: [127.0.0.0/8]', 'office: [198.51.100.0/24]')),
    turnBack: () => load(world.text),
    request: [403, 'network_not_allowed'],
    webSocket: [3003, 'network_not_allowed'],
  },
  'device: its certificate is trusted no more': {
    turn: () => {
      const { deviceCa, internalCa } = world.certificates;
      return reload(world.text.replace(`client_ca: ${deviceCa}`, `client_ca: ${internalCa}`));
    },
    turnBack: () => load(world.text),
    request: [401, 'session_revoked'],
    webSocket: [3000, 'session_revoked'],
  },
  'posture: its disk is not encrypted': {
    turn: () => setFacts({ disk_encrypted: false }),
    turnBack: () => setFacts({ disk_encrypted: true }),
    request: [403, 'device_not_compliant'],
    webSocket: [3003, 'device_not_compliant'],
  },
  'group: the provider says that she left it': {
    turn: async () => {
      Object.assign(ada() ?? {}, { groups: ['finance'] });
      clock.advance(11 * 60_000);
    },
    turnBack: async () => Object.assign(ada() ?? {}, { groups: ['engineering'] }),
    request: [403, 'not_in_required_group'],
    webSocket: [3003, 'not_in_required_group'],
  },
  'account: the provider has disabled it': {
    turn: async () => {
      gone.push(
        ...staff.splice(
          staff.findIndex(({ id }) => id === 'ada'),
          1,
        ),
      );
      clock.advance(11 * 60_000);
    },
    turnBack: async () => staff.unshift(...gone.splice(0)),
    request: [401, 'login_required'],
    webSocket: [3000, 'login_required'],
  },
  'risk: another system has found something': {
    turn: () =>
      world.admin('/api/v1/people/ada@corp.example/risk', {
        method: 'PUT',
        body: { score: 55, seconds: 600, source: 'edr', reason: 'malware was found' },
      }),
    turnBack: () => world.admin('/api/v1/people/ada@corp.example/risk', { method: 'DELETE' }),
    request: [403, 'risk_too_high'],
    webSocket: [3003, 'risk_too_high'],
  },
  'lock: an administrator has paused the session': {
    turn: async () =>
      world.admin(`/api/v1/locks/session/${await sessionOf('ada')}`, { method: 'PUT', body: { reason: 'INC-812' } }),
    turnBack: async () => undefined,
    request: [403, 'account_locked'],
    webSocket: [3003, 'account_locked'],
  },
  'config: the rule is for others now': {
    turn: () => reload(world.text.replace(grant, '{ id: staff, groups: [finance] }')),
    turnBack: () => load(world.text),
    request: [403, 'not_in_required_group'],
    webSocket: [3003, 'not_in_required_group'],
  },
};
const gone: (typeof staff)[number][] = [];

async function ask(browser: HttpBrowser, host: string) {
  const { status, body } = await browser.send(world.url(host), { headers: clientKinds.script });
  return { status, ...(body.startsWith('{') ? JSON.parse(body) : {}) };
}

/** An event stream of the app that goes on until somebody ends it. */
async function openEvents(browser: HttpBrowser) {
  world.app.answer = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: hello\n\n');
    feeds.push(response);
  };
  const feed = await openFeed(world, browser, world.url('desk'), device);
  expect([feed.status, await feed.next()]).toEqual([200, expect.stringContaining('hello')]);
  world.app.answer = undefined;
  return feed;
}

describe('when a fact turns, the next request and what is open hear of it, and nobody else does', () => {
  test.each(Object.entries(facts))('%s', async (_name, { turn, turnBack, request, webSocket }) => {
    await setFacts({ disk_encrypted: true });
    const [browser, bystander] = [world.browser(device), world.browser()];
    await world.signIn(browser, world.url('desk'), 'ada');
    await world.signIn(bystander, world.url('dashboard'), 'lin');
    expect((await ask(browser, 'desk')).status).toBe(200);
    const live = await openWebSocket(world, browser, world.url('desk'), undefined, undefined, { device });
    const other = await openWebSocket(world, bystander, world.url('dashboard'));
    expect([await live.next(), await other.next()]).toEqual(['hello', 'hello']);
    const events = await openEvents(browser);
    try {
      await turn();
      expect([await live.closed, (await live.reason).code]).toEqual(webSocket);
      expect(await events.over).toBe('ended');
      const answer = await ask(browser, 'desk');
      expect([answer.status, answer.code]).toEqual(request);
      expect(answer.decision_id).toMatch(/^dec_/);
      const decision = await world.admin(`/api/v1/decisions/${answer.decision_id}`);
      expect([decision.status, decision.body]).toEqual([200, expect.stringContaining(request[1])]);
      other.socket.send('still here');
      expect(await other.next()).toBe('echo still here');
      expect((await ask(bystander, 'dashboard')).status).toBe(200);
    } finally {
      await turnBack();
      other.socket.close();
      await other.closed;
    }
  });

  test('network: a request from elsewhere is refused, and the socket of the office stays', async () => {
    await setFacts({ disk_encrypted: true });
    const browser = world.browser(device);
    await world.signIn(browser, world.url('desk'), 'ada');
    const live = await openWebSocket(world, browser, world.url('desk'), undefined, undefined, { device });
    expect(await live.next()).toBe('hello');
    browser.always['x-forwarded-for'] = '198.51.100.7';
    expect(await ask(browser, 'desk')).toMatchObject({ status: 403, code: 'network_not_allowed' });
    delete browser.always['x-forwarded-for'];
    expect((await ask(browser, 'desk')).status).toBe(200);
    live.socket.send('still here');
    expect(await live.next()).toBe('echo still here');
    live.socket.close();
    await live.closed;
  });
});
