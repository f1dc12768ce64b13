import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { DevicePaging } from '../../../src/config/snapshot.ts';
import { type FakeDeviceProvider, sendJson, startFakeDeviceProvider } from '../../support/fake-device-provider.ts';
import { createMemoryStore } from '../../support/judgement-memory-store.ts';
import { provider, stageDevicePulls, startMs } from '../../support/stage-device-pulls.ts';

const two = [
  { serial: 'ada-laptop', encrypted: true },
  { serial: 'lin-laptop', encrypted: false },
];

let fake: FakeDeviceProvider;
let stage: ReturnType<typeof stageDevicePulls>;
beforeEach(async () => {
  fake = await startFakeDeviceProvider((_, response) => sendJson(response, { devices: two }));
  stage = stageDevicePulls();
});
afterEach(async () => {
  await stage.pulls.close();
  await fake.close();
});

const factOf = async (device: string, fact = 'disk_encrypted') => (await stage.devices.factsOf(device))[fact]?.value;
const lastResult = () => stage.pulled.at(-1)?.pulled;

describe('a list that is read whole', () => {
  test('gives its devices facts with the provider as source and the time of reading, and is read again by the file', async () => {
    stage.pulls.use([provider(fake.url, { token: 'secret-token' })]);
    await stage.turn();
    expect(lastResult()).toEqual({ result: 'ok', devices: 2, changed: 2, gone: 0, refused: 0, skipped: 0 });
    expect((await stage.devices.factsOf('ada-laptop'))['disk_encrypted']).toEqual({
      value: true,
      source: 'fleet',
      asOfMs: startMs,
    });
    expect(await factOf('lin-laptop')).toBe(false);
    expect(fake.asked[0]?.authorization).toBe('Bearer secret-token');
    expect(stage.timers[0]?.waitMs).toBe(300_000);
  });

  test('takes back what the provider does not say any more: of a device that left, and of a fact that is gone', async () => {
    const facts = new Map(
      ['encrypted', 'firewall'].map((name) => [name, { path: [name], type: undefined, equals: undefined }]),
    );
    fake.answer = (_, response) => sendJson(response, { devices: [{ ...two[0], firewall: true }, two[1]] });
    stage.pulls.use([provider(fake.url, { facts })]);
    await stage.turn();
    await stage.devices.setFacts('lin-laptop', { firewall: true }, 'admin');
    fake.answer = (_, response) => sendJson(response, { devices: [two[0]] });
    stage.clock.nowMs += 400_000;
    await stage.turn();
    expect(lastResult()).toMatchObject({ result: 'ok', gone: 1 });
    expect(Object.keys(await stage.devices.factsOf('ada-laptop'))).toEqual(['encrypted']);
    expect(Object.keys(await stage.devices.factsOf('lin-laptop'))).toEqual(['firewall']);
  });

  test('is as old as the provider last heard of a device; without a time that can be read there are no facts', async () => {
    fake.answer = (_, response) =>
      sendJson(response, {
        devices: [
          { serial: 'a', encrypted: true, seen: new Date(startMs - 3_600_000).toISOString() },
          { serial: 'b', encrypted: true, seen: 'yesterday' },
          { serial: 'c', encrypted: true, seen: new Date(startMs + 3_600_000).toISOString() },
        ],
      });
    stage.pulls.use([provider(fake.url, { asOf: ['seen'] })]);
    await stage.turn();
    expect((await stage.devices.factsOf('a'))['disk_encrypted']?.asOfMs).toBe(startMs - 3_600_000);
    expect([await factOf('b'), await factOf('c')]).toEqual([undefined, undefined]);
  });

  test.each<[string, DevicePaging, (page: number, url: string) => { body?: object; headers?: object }, string[]]>([
    [
      'by number, until a page is empty',
      { by: 'page', param: 'page', first: 1, size: 2, sizeParam: 'per_page' },
      () => ({}),
      [1, 2, 3, 4].map((page) => `/?team=1&per_page=2&page=${page}`),
    ],
    [
      'by cursor',
      { by: 'cursor', param: 'after', path: ['meta', 'next'], size: 2, sizeParam: 'limit' },
      (page) => ({ body: { meta: { next: page < 2 ? `c${page + 1}` : '' } } }),
      ['/?team=1&limit=2', '/?team=1&limit=2&after=c1', '/?team=1&limit=2&after=c2'],
    ],
    [
      'by a link in the body',
      { by: 'next', path: ['next'], size: 2, sizeParam: undefined },
      (page, url) => ({ body: page < 2 ? { next: `${url}/?p=${page + 1}` } : {} }),
      ['/?team=1', '/?p=1', '/?p=2'],
    ],
    [
      'by the Link header',
      { by: 'link', size: 2, sizeParam: undefined },
      (page) => (page < 2 ? { headers: { link: `</?p=0>; rel="first", </?p=${page + 1}>; rel="next"` } } : {}),
      ['/?team=1', '/?p=1', '/?p=2'],
    ],
  ])('goes through its pages %s', async (_, paging, more, targets) => {
    fake.answer = (_request, response) => {
      const page = fake.asked.length - 1;
      const devices = [0, 1]
        .slice(page === 2 ? 1 : page > 2 ? 2 : 0)
        .map((one) => ({ serial: `d${page}${one}`, encrypted: true }));
      const { body, headers } = more(page, fake.url);
      sendJson(response, { devices, ...body }, 200, headers);
    };
    stage.pulls.use([provider(`${fake.url}/?team=1`, { paging })]);
    await stage.turn();
    expect(lastResult()).toMatchObject({ result: 'ok', devices: 5 });
    expect(fake.asked.map(({ target }) => target)).toEqual(targets);
  });

  test('asks for a token by client credentials, keeps it while it lasts, and asks anew once it was refused', async () => {
    let tokens = 0;
    fake.answer = (request, response) => {
      if (request.url === '/token') {
        tokens += 1;
        sendJson(response, { access_token: `t${tokens}`, expires_in: 3600 });
      } else if (request.headers.authorization === 'Bearer t2') sendJson(response, {}, 401);
      else sendJson(response, { devices: two });
    };
    const oauth = { tokenUrl: `${fake.url}/token`, clientId: 'postern', clientSecret: 'shh', scope: 'read' };
    stage.pulls.use([provider(fake.url, { oauth })]);
    await stage.turn();
    stage.clock.nowMs += 400_000;
    await stage.turn();
    expect(tokens).toBe(1);
    expect(new URLSearchParams(fake.asked[0]?.body)).toEqual(
      new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: 'postern',
        client_secret: 'shh',
        scope: 'read',
      }),
    );
    stage.clock.nowMs += 3_600_000;
    await stage.turn();
    expect(lastResult()).toMatchObject({ result: 'status' });
    stage.clock.nowMs += 3_600_000;
    await stage.turn();
    expect([tokens, lastResult()?.result]).toEqual([3, 'ok']);
  });
});

describe('a list that cannot be read whole', () => {
  const broken: readonly [string, string, FakeDeviceProvider['answer']][] = [
    ['garbage', 'garbage', (_, response) => response.end('<html>Sign in</html>')],
    ['JSON of another shape', 'garbage', (_, response) => sendJson(response, { hosts: two })],
    ['a list without a device', 'garbage', (_, response) => sendJson(response, { devices: [] })],
    [
      'items without an id',
      'garbage',
      (_, response) => sendJson(response, { devices: [{ encrypted: true }, null, 7] }),
    ],
    ['an error', 'status', (_, response) => sendJson(response, {}, 500)],
    [
      'a redirect',
      'status',
      (_, response) => response.writeHead(302, { location: 'https://elsewhere.example/' }).end(),
    ],
    ['429', 'rate_limited', (_, response) => sendJson(response, {}, 429, { 'retry-after': '120' })],
    [
      'half a page',
      'unreachable',
      (_, response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write(JSON.stringify({ devices: two }).slice(0, 40), () => response.destroy());
      },
    ],
    ['more than it may', 'too_large', (_, response) => response.end(`{"devices":["${'x'.repeat(300_000)}"]}`)],
    ['nothing at all', 'timeout', () => {}],
    [
      'an answer byte by byte',
      'timeout',
      (_, response) => {
        response.writeHead(200);
        response.write('{');
      },
    ],
  ];

  test.each(broken)('(%s) keeps the facts of before as they were, and is told as %s', async (_, result, answer) => {
    stage = stageDevicePulls(undefined, { timeoutMs: result === 'timeout' ? 50 : 5_000, maxBytes: 200_000 });
    stage.pulls.use([provider(fake.url)]);
    await stage.turn();
    const before = await stage.devices.factsOf('ada-laptop');
    fake.answer = answer;
    stage.clock.nowMs += 400_000;
    await stage.turn();
    expect(lastResult()).toMatchObject({ result, failures: 1 });
    expect(await stage.devices.factsOf('ada-laptop')).toEqual(before);
    expect(stage.timers[0]?.waitMs).toBe(result === 'rate_limited' ? 120_000 : 3_750);
    expect(stage.faults).toEqual([]);
  });

  test('whose second page fails is no list: neither page is taken up', async () => {
    stage.pulls.use([provider(fake.url)]);
    await stage.turn();
    const paging = { by: 'page', param: 'page', first: 0, size: 2, sizeParam: undefined } as const;
    fake.answer = (request, response) =>
      request.url?.includes('page=0') === true
        ? sendJson(response, {
            devices: [
              { serial: 'ada-laptop', encrypted: false },
              { serial: 'new', encrypted: true },
            ],
          })
        : sendJson(response, {}, 502);
    stage.pulls.use([provider(fake.url, { paging })]);
    await stage.turn();
    expect(lastResult()).toMatchObject({ result: 'status' });
    expect([await factOf('ada-laptop'), await factOf('lin-laptop'), await factOf('new')]).toEqual([
      true,
      false,
      undefined,
    ]);
  });

  test('whose next page is elsewhere is not followed: the token stays with its provider', async () => {
    const thief = await startFakeDeviceProvider((_, response) => sendJson(response, { devices: two }));
    fake.answer = (_, response) => sendJson(response, { devices: two, next: `${thief.url}/steal` });
    const paging = { by: 'next', path: ['next'], size: 100, sizeParam: undefined } as const;
    stage.pulls.use([provider(fake.url, { paging, token: 'secret-token' })]);
    await stage.turn();
    expect(lastResult()).toMatchObject({ result: 'garbage' });
    expect(thief.asked).toEqual([]);
    await thief.close();
  });

  test('whose pages lead in a circle ends', async () => {
    fake.answer = (_, response) => sendJson(response, { devices: two, next: '/' });
    const paging = { by: 'next', path: ['next'], size: 100, sizeParam: undefined } as const;
    stage.pulls.use([provider(fake.url, { paging })]);
    await stage.turn();
    expect(lastResult()).toMatchObject({ result: 'garbage' });
    expect(fake.asked).toHaveLength(1);
  });

  test('is asked for ever less often, and as before once it answers', async () => {
    fake.answer = (_, response) => sendJson(response, {}, 500);
    stage.pulls.use([provider(fake.url)]);
    const waits: (number | undefined)[] = [];
    for (let pull = 0; pull < 10; pull += 1) {
      await stage.turn();
      waits.push(stage.timers[0]?.waitMs);
      stage.clock.nowMs += 3_600_000;
    }
    expect(waits).toEqual([3_750, 7_500, 15_000, 30_000, 60_000, 120_000, 240_000, 480_000, 675_000, 675_000]);
    fake.answer = (_, response) => sendJson(response, { devices: two });
    await stage.turn();
    expect(stage.timers[0]?.waitMs).toBe(300_000);
  });

  test('is no matter of another provider', async () => {
    const sick = await startFakeDeviceProvider((_, response) => response.end('garbage'));
    stage.pulls.use([provider(sick.url, { id: 'sick' }), provider(fake.url)]);
    await stage.turn();
    expect(new Map(stage.pulled.map((one) => [one.provider, one.pulled.result]))).toEqual(
      new Map([
        ['sick', 'garbage'],
        ['fleet', 'ok'],
      ]),
    );
    expect(await factOf('ada-laptop')).toBe(true);
    await sick.close();
  });
});

describe('of several processes on one state', () => {
  test('one reads the list, and all have its facts; another goes on when it is due', async () => {
    const other = stageDevicePulls(stage.store);
    for (const one of [stage, other]) one.pulls.use([provider(fake.url)]);
    await stage.turn();
    await other.turn();
    expect(fake.asked).toHaveLength(1);
    expect((await other.devices.factsOf('ada-laptop'))['disk_encrypted']).toMatchObject({ source: 'fleet' });
    expect(other.timers[0]?.waitMs).toBe(300_500);
    other.clock.nowMs += 300_500;
    await other.turn();
    expect(fake.asked).toHaveLength(2);
    await other.pulls.close();
  });

  test('a store that does not answer is no matter of the provider: nobody is asked, and it is tried again', async () => {
    const store = createMemoryStore(() => startMs);
    let isAway = true;
    const read: typeof store.read = (...args) => (isAway ? Promise.reject(new Error('away')) : store.read(...args));
    const other = stageDevicePulls({ ...store, read });
    other.pulls.use([provider(fake.url)]);
    await other.turn();
    expect([fake.asked.length, other.faults.length, other.timers[0]?.waitMs]).toEqual([0, 1, 15_000]);
    isAway = false;
    await other.turn();
    expect(other.pulled.at(-1)?.pulled.result).toBe('ok');
    await other.pulls.close();
  });

  test('one that stops in the middle leaves the list to another at once', async () => {
    const other = stageDevicePulls(stage.store);
    fake.answer = () => void stage.pulls.close();
    stage.pulls.use([provider(fake.url)]);
    const [first] = stage.timers.splice(0);
    first?.work();
    await stage.pulls.close();
    fake.answer = (_, response) => sendJson(response, { devices: two });
    other.pulls.use([provider(fake.url)]);
    await other.turn();
    expect(other.pulled.at(-1)?.pulled.result).toBe('ok');
    await other.pulls.close();
  });

  test('changed settings are used at once, though the list was just read', async () => {
    stage.pulls.use([provider(fake.url)]);
    await stage.turn();
    stage.pulls.use([provider(fake.url, { token: 'new' })]);
    await stage.turn();
    expect(fake.asked.map(({ authorization }) => authorization)).toEqual([undefined, 'Bearer new']);
    stage.pulls.use([]);
    expect(stage.timers).toEqual([]);
  });
});
