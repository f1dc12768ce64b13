import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { request } from 'node:https';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpBrowser } from '../../support/http-browser.ts';
import { cookiesFor, openFeed, openWebSocket } from '../../support/live-connections.ts';
import { type ShiftedClock, shiftClock } from '../../support/shifted-clock.ts';
import { startWorld, type World } from '../../support/world.ts';

const minuteMs = 60_000;
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
      - { id: finance, groups: [finance], paths: [/fresh/**], auth: { methods: [otp], max_age: 15m } }
      - { id: operations, groups: [operations], paths: [/device/**], device: encrypted }
      - { id: engineering, groups: [engineering], paths: [/plain/**] }
`;

/** Resolves with what a promise comes to, or `later` when nothing has happened yet. */
const soon = <Value>(promise: Promise<Value>) =>
  Promise.race([promise, new Promise<'later'>((resolve) => setTimeout(() => resolve('later'), 100))]);

describe('what is open when a fact changes', () => {
  let clock: ShiftedClock;
  let world: World;
  const answers: ServerResponse[] = [];
  beforeAll(async () => {
    clock = shiftClock();
    world = await startWorld({
      clock,
      routes,
      hosts: ['desk'],
      session: '{ expiration: 12h, inactivity: 12h, recheck: 60s }',
    });
  });
  afterEach(() => {
    world.app.answer = undefined;
    for (const answer of answers.splice(0)) answer.destroy();
  });
  afterAll(() => world?.close());

  async function signedIn(person = 'ada', device?: string): Promise<HttpBrowser> {
    const browser = world.browser(device);
    await world.signIn(browser, world.url('desk', '/plain/'), person);
    return browser;
  }

  const setFacts = (facts: object) => world.admin('/api/v1/devices/ada-laptop/facts', { method: 'PUT', body: facts });
  const reload = () => world.admin('/api/v1/reload', { method: 'POST', body: {} });

  /** The event of a stream that was closed for this reason. */
  async function audited(reason: string): Promise<Record<string, unknown>> {
    for (let tries = 0; tries < 100; tries += 1) {
      const found = auditLines(world.folder)
        .map((line) => JSON.parse(line).event)
        .filter((event) => event?.type === 'stream_closed' && event.reason === reason)
        .at(-1);
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`No stream was closed for ${reason}.`);
  }

  test('the device: a WebSocket is closed with 3003 when a fact turns, and can be opened again when it turns back', async () => {
    await setFacts({ disk_encrypted: true });
    const browser = await signedIn('ada', 'ada-laptop');
    const live = await openWebSocket(world, browser, world.url('desk', '/device/live'), undefined, undefined, {
      device: 'ada-laptop',
    });
    expect(await live.next()).toBe('hello');
    await setFacts({ disk_encrypted: false });
    expect(await live.closed).toBe(3003);
    const reason = await live.reason;
    expect(reason).toMatchObject({ code: 'device_not_compliant' });
    const decision = JSON.parse((await world.admin(`/api/v1/decisions/${reason.id}`)).body);
    expect(JSON.stringify(decision)).toContain('disk_encrypted');
    expect(await audited('device_not_compliant')).toMatchObject({
      subject: { email: 'ada@corp.example' },
      detail: { kind: 'websocket', code: 3003, because: 'decision', route: 'desk', decision: reason.id },
    });
    await setFacts({ disk_encrypted: true });
    const again = await openWebSocket(world, browser, world.url('desk', '/device/live'), undefined, undefined, {
      device: 'ada-laptop',
    });
    expect(await again.next()).toBe('hello');
    again.socket.close();
    await again.closed;
  });

  test('the device: what does not ask for it stays open', async () => {
    await setFacts({ disk_encrypted: true });
    const browser = await signedIn('ada', 'ada-laptop');
    const live = await openWebSocket(world, browser, world.url('desk', '/plain/live'), undefined, undefined, {
      device: 'ada-laptop',
    });
    await setFacts({ disk_encrypted: false });
    expect(await soon(live.closed)).toBe('later');
    live.socket.close();
    await live.closed;
  });

  test('the age of a fact: closed when the posture takes it no more', async () => {
    await setFacts({ disk_encrypted: true });
    clock.advance(23 * 60 * minuteMs);
    const browser = await signedIn('ada', 'ada-laptop');
    const live = await openWebSocket(world, browser, world.url('desk', '/device/live'), undefined, undefined, {
      device: 'ada-laptop',
    });
    expect(await live.next()).toBe('hello');
    clock.advance(61 * minuteMs);
    expect([await live.closed, (await live.reason).code]).toEqual([3003, 'posture_stale']);
  });

  test('the age of a proof: closed with 3000 and the wish for a step-up when it is too old', async () => {
    const browser = world.browser();
    await world.signIn(browser, world.url('desk', '/fresh/'), 'ada');
    const live = await openWebSocket(world, browser, world.url('desk', '/fresh/live'));
    const plain = await openWebSocket(world, browser, world.url('desk', '/plain/live'));
    expect(await live.next()).toBe('hello');
    clock.advance(14 * minuteMs);
    expect(await soon(live.closed)).toBe('later');
    clock.advance(minuteMs + 1_000);
    expect(await live.closed).toBe(3000);
    expect(['step_up_required', 'reauth_required']).toContain((await live.reason).code);
    expect(await soon(plain.closed)).toBe('later');
    plain.socket.close();
    await plain.closed;
  });

  test('the configuration: closed with 3003 when a rule goes, 1012 when the app is elsewhere', async () => {
    const browser = await signedIn('lin');
    const live = await openWebSocket(world, browser, world.url('desk', '/plain/live'));
    writeFileSync(
      world.file,
      world.text.replace(
        '{ id: engineering, groups: [engineering], paths: [/plain/**] }',
        '{ id: nobody, groups: [nobody] }',
      ),
    );
    await reload();
    expect([await live.closed, (await live.reason).code]).toEqual([3003, 'not_in_required_group']);
    writeFileSync(world.file, world.text);
    await reload();
    const moving = await openWebSocket(world, browser, world.url('desk', '/plain/live'));
    writeFileSync(world.file, world.text.replaceAll(`127.0.0.1:${world.app.port}`, `localhost:${world.app.port}`));
    await reload();
    expect(await moving.closed).toBe(1012);
    writeFileSync(world.file, world.text);
    await reload();
  });

  test('a download that began a moment ago is broken off when a reload takes the right to it away', async () => {
    const browser = await signedIn('lin');
    world.app.answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': 1_000_000 });
      response.write('x'.repeat(1_000));
      answers.push(response);
    };
    const download = openDownload(world, browser, world.url('desk', '/plain/file'), world.addresses.tlsPort ?? 0);
    await download.first;
    writeFileSync(
      world.file,
      world.text.replace('groups: [engineering], paths: [/plain/**]', 'groups: [nobody], paths: [/plain/**]'),
    );
    await reload();
    expect(await download.over).toBe('cut');
    expect(await audited('not_in_required_group')).toMatchObject({ detail: { kind: 'transfer', because: 'decision' } });
    writeFileSync(world.file, world.text);
    await reload();
  });

  test('a long download is broken off when another program ends the session, also while it is young', async () => {
    const second = await world.startSecond();
    const browser = await signedIn('lin');
    world.app.answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': 1_000_000 });
      response.write('x'.repeat(1_000));
      answers.push(response);
    };
    const download = openDownload(world, browser, world.url('desk', '/plain/file'), second.tlsPort);
    await download.first;
    const { sessions } = JSON.parse((await world.admin('/api/v1/sessions?user=lin@corp.example')).body);
    for (const { id } of sessions) await world.admin(`/api/v1/sessions/${id}`, { method: 'DELETE' });
    expect(await download.over).toBe('cut');
    expect(await audited('session_revoked')).toMatchObject({
      detail: { kind: 'transfer', because: 'session' },
    });
  });

  test('a handshake that is refused closes with a code that page script can read, and the app hears nothing', async () => {
    const before = world.app.sockets.size;
    const url = world.url('desk', '/plain/live');
    const stranger = await openWebSocket(world, world.browser(), url, undefined, undefined, {
      protocols: ['v2.chat', 'v1.chat'],
    });
    expect([stranger.socket.protocol, await stranger.closed]).toEqual(['v2.chat', 3000]);
    expect(await stranger.reason).toMatchObject({ code: 'login_required', id: expect.stringMatching(/^dec_/) });
    const browser = await signedIn('lin');
    const denied = await openWebSocket(world, browser, world.url('desk', '/elsewhere'));
    expect([await denied.closed, (await denied.reason).code]).toEqual([3003, 'path_not_granted']);
    const evil = openWebSocket(world, browser, url, undefined, 'https://evil.example');
    await expect(evil).rejects.toThrow('403');
    expect(world.app.sockets.size).toBe(before);
  });

  test('they are counted by kind, and by the code that closed them', async () => {
    const browser = await signedIn('ada');
    world.app.answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
      answers.push(response);
    };
    const feed = await openFeed(world, browser, world.url('desk', '/plain/feed'));
    await feed.next();
    expect((await world.admin('/metrics')).body).toContain('postern_streams_active{route="desk",kind="sse"} 1');
    const { sessions } = JSON.parse((await world.admin('/api/v1/sessions?user=ada@corp.example')).body);
    for (const { id } of sessions) await world.admin(`/api/v1/sessions/${id}`, { method: 'DELETE' });
    expect(await feed.over).toBe('ended');
    const { body } = await world.admin('/metrics');
    expect(body).toContain('postern_streams_active{route="desk",kind="sse"} 0');
    expect(body).toMatch(/postern_stream_closes_total\{kind="websocket",code="3003"\} [1-9]/);
    expect(body).toContain('postern_stream_closes_total{kind="sse",code="3000"} 1');
    expect(body).toContain('postern_revocation_propagation_seconds_count 1');
  });
});

/** Every whole line of every program that wrote there: the last one may be on its way. */
function auditLines(folder: string): readonly string[] {
  const names = readdirSync(`${folder}/audit`).filter((name) => name.endsWith('.jsonl'));
  return names.flatMap((name) => readFileSync(`${folder}/audit/${name}`, 'utf8').split('\n').slice(0, -1));
}

/** A download that tells when its first byte has come, and how it ended. */
function openDownload(world: World, browser: HttpBrowser, url: string, port: number) {
  const { host, hostname, pathname } = new URL(url);
  const outgoing = request({
    host: '127.0.0.1',
    port,
    path: pathname,
    servername: hostname,
    ca: readFileSync(world.certificates.ca),
    agent: false,
    headers: { host, cookie: cookiesFor(browser, url), 'user-agent': 'postern-test-browser' },
  });
  outgoing.end();
  const { promise: first, resolve: began } = Promise.withResolvers<void>();
  const over = new Promise<'whole' | 'cut'>((resolve) => {
    outgoing.on('error', () => resolve('cut'));
    outgoing.on('response', (incoming) => {
      incoming.once('data', began);
      incoming.on('error', () => undefined);
      incoming.once('close', () => resolve(incoming.complete ? 'whole' : 'cut'));
    });
  });
  return { first, over };
}
