import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { launchBrowser, type TestBrowser } from '../support/browser.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
/** Of another site than every name under localhost. */
let elsewhere: Server;
const browsers: TestBrowser[] = [];
const response = 'PHNhbWw+w6k8L3NhbWw+\r\nAA==';

beforeAll(async () => {
  world = await startWorld({
    edit: (yaml) => yaml.replace('allow: [{ id: everyone', 'cross_site_posts: [/acs]\n    allow: [{ id: everyone'),
  });
  elsewhere = createServer((request, answer) => {
    const path = new URL(request.url ?? '/', 'http://elsewhere').searchParams.get('to') ?? '/acs';
    answer.writeHead(200, { 'content-type': 'text/html' });
    answer.end(`<!doctype html><title>Elsewhere</title>
<form method="post" action="${world.url('wiki', path)}">
<input type="hidden" name="SAMLResponse" value="${response}"><input type="hidden" name="RelayState" value="a b&amp;c">
<button>Go on</button></form>`);
  });
  elsewhere.listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
}, 60_000);

afterAll(async () => {
  for (const browser of browsers) await browser.close();
  elsewhere?.closeAllConnections();
  elsewhere?.close();
  await world?.close();
});

beforeEach(() => {
  world.app.seen.length = 0;
});

async function openPage(): Promise<Page> {
  const browser = await launchBrowser({ ca: world.certificates.ca });
  browsers.push(browser);
  return browser.context.newPage();
}

async function signIn(page: Page): Promise<void> {
  await page.goto(world.url('wiki'));
  await page.click('button[name=login][value=ada]');
  await page.waitForURL((url) => url.hostname === 'wiki.localhost');
}

const origin = () => `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
const posted = () => world.app.seen.filter(({ method }) => method === 'POST');

async function postFromElsewhere(page: Page, to = '/acs'): Promise<void> {
  await page.goto(`${origin()}/?to=${encodeURIComponent(to)}`);
  await page.click('button');
  await page.waitForURL((url) => url.hostname === 'wiki.localhost');
}

test('an app’s own sign-in posts from another site, and a click hands it on as it came', async () => {
  const page = await openPage();
  await signIn(page);
  world.app.seen.length = 0;
  await postFromElsewhere(page);
  expect(await page.innerText('h1')).toContain('Another site sends you on to');
  expect(await page.innerText('main')).toContain(origin());
  expect(posted()).toEqual([]);

  await page.click('button:has-text("Continue")');
  await page.waitForFunction(() => document.body.innerText.includes('echo'));
  const [seen] = posted();
  expect(seen).toMatchObject({ method: 'POST', url: '/acs' });
  expect([...new URLSearchParams(seen?.body)]).toEqual([
    ['SAMLResponse', response],
    ['RelayState', 'a b&c'],
  ]);
  expect(seen?.headers).toMatchObject({
    origin: origin(),
    'content-type': 'application/x-www-form-urlencoded',
    'sec-fetch-site': 'cross-site',
    'x-postern-user': expect.any(String),
  });
}, 60_000);

test('who is not signed in does so in another tab, and then continues', async () => {
  const page = await openPage();
  await postFromElsewhere(page, '/acs?idp=1');
  await page.click('button:has-text("Continue")');
  await page.waitForSelector('a:has-text("Sign in")');
  expect(posted()).toEqual([]);
  const [tab] = await Promise.all([page.context().waitForEvent('page'), page.click('a:has-text("Sign in")')]);
  await tab.click('button[name=login][value=ada]');
  await tab.waitForURL((url) => url.hostname === 'wiki.localhost');
  await page.click('button:has-text("Continue")');
  await page.waitForFunction(() => document.body.innerText.includes('echo'));
  expect(posted()).toHaveLength(1);
  expect(posted()[0]).toMatchObject({ url: '/acs?idp=1' });
}, 60_000);

test('at any other path nothing is kept', async () => {
  const page = await openPage();
  await signIn(page);
  world.app.seen.length = 0;
  await postFromElsewhere(page, '/acs/other');
  expect(await page.innerText('body')).toContain('Nothing was saved.');
  expect(posted()).toEqual([]);
}, 60_000);
