import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Browser, chromium } from 'playwright-core';
import { type Picture, readPicture } from '../../src/config/values/picture.ts';
import { pictureHeaders } from '../../src/http/picture-headers.ts';
import { openStage, routeSettings, type Stage } from '../support/identity-stage.ts';
import { svgOf } from '../support/pictures.ts';

/** What no load lets in, as if it had. */
const hostile: Picture = {
  type: 'image/svg+xml',
  bytes: Buffer.from(
    svgOf(
      `<script>document.title = 'it ran'; document.cookie = 'stolen=1'</script><image href="/asked" onload="document.title = 'it ran'"/>`,
    ),
  ),
  hash: 'a'.repeat(64),
};

function pictureOf(text: string): Picture {
  const read = readPicture(Buffer.from(text));
  if (!read.ok) throw new Error(read.why);
  return read.picture;
}

describe('the picture of an app', () => {
  let stage: Stage;
  let address: string;
  const icon = pictureOf(svgOf());
  beforeAll(async () => {
    stage = await openStage();
    stage.switches.routes = [{ ...routeSettings('payroll', 'payroll.corp.example', '/'), icon }];
    stage.judge.answer = () => ({ outcome: 'allow', reason: 'granted', grant: undefined, trace: [] });
    const browser = stage.newBrowser();
    await stage.signIn(browser);
    const { apps } = JSON.parse((await browser.go(`${stage.authOrigin}/.postern/api/apps`)).body);
    address = apps[0].icon_url;
  });
  afterAll(() => stage?.close());

  test('is sent as what it is, and sandboxed', async () => {
    const answer = await stage.newBrowser().go(address);
    expect(answer.status).toBe(200);
    expect(answer.body).toBe(svgOf());
    expect(answer.headers).toMatchObject({
      'content-type': 'image/svg+xml',
      'content-security-policy': "sandbox; default-src 'none'; style-src 'unsafe-inline'",
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'private, max-age=31536000, immutable',
    });
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  test('cannot be asked for by the name of the app, nor by who has the picture', async () => {
    const digest = createHash('sha256').update(icon.bytes).digest();
    const names = ['payroll', 'payroll.svg', icon.hash, digest.toString('base64url'), '%2e%2e%2ftoken'];
    const unknown = await stage.newBrowser().go(`${stage.authOrigin}/.postern/nothing`);
    for (const name of names) {
      const answer = await stage.newBrowser().go(`${stage.authOrigin}/.postern/icon/${name}`);
      expect([name, answer.status]).toEqual([name, unknown.status]);
      expect(answer.headers['content-type']).toBe(unknown.headers['content-type']);
    }
  });

  test('is gone with the route', async () => {
    const { routes } = stage.switches;
    stage.switches.routes = [];
    expect((await stage.newBrowser().go(address)).status).toBe(404);
    stage.switches.routes = routes;
  });
});

describe('a picture that should never have been let in', () => {
  let browser: Browser;
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.url === '/picture') response.writeHead(200, pictureHeaders(hostile)).end(hostile.bytes);
    else response.writeHead(200, { 'content-type': 'text/html' }).end('<title>page</title><img src="/picture">');
  });
  const originOf = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
  });
  afterAll(async () => {
    await browser?.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  test.each(['/picture', '/'])('runs nothing and asks for nothing, opened at %s', async (path) => {
    asked.length = 0;
    const tab = await browser.newPage();
    await tab.goto(originOf() + path, { waitUntil: 'load' });
    expect(await tab.title()).not.toBe('it ran');
    expect(await tab.context().cookies()).toEqual([]);
    expect(asked).not.toContain('/asked');
    await tab.close();
  });
});
