import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { launchBrowser, type TestBrowser } from '../support/browser.ts';
import { otpCode } from '../support/oidc-provider.ts';
import { startWorld, type World } from '../support/world.ts';

/** What Workbox's NavigationRoute does, and what a worker does that looks at nothing but the mode. */
const workers = {
  navigateFallback: "request.mode === 'navigate' && request.method === 'GET'",
  everything: "request.mode === 'navigate'",
};

let world: World;
let worker: keyof typeof workers = 'navigateFallback';
const browsers: TestBrowser[] = [];

const shell = `<!doctype html><title>Shell</title><h1 id="state">starting</h1><script>
navigator.serviceWorker.register('/sw.js').then(() => navigator.serviceWorker.ready).then(() => { document.title = 'ready'; });
async function ask() {
  const answer = await fetch('/api/data');
  const body = await answer.json();
  const next = body.login_url ?? body.step_up_url;
  document.querySelector('#state').innerHTML = answer.ok ? 'data' : '<a href="' + next + '">' + body.code + '</a>';
}
ask();
</script>`;

const workerScript = () => `
self.addEventListener('install', (event) => event.waitUntil(caches.open('v1').then((cache) => cache.add('/shell')).then(() => self.skipWaiting())));
self.addEventListener('activate', (event) => event.waitUntil(clients.claim()));
self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (${workers[worker]}) event.respondWith(caches.match('/shell'));
});`;

beforeAll(async () => {
  world = await startWorld({
    edit: (yaml) =>
      yaml
        .replace('allow: [{ id: everyone', 'service_worker: true\n    allow: [{ id: everyone')
        .replace('allow: [{ id: finance', 'service_worker: true\n    allow: [{ id: finance'),
  });
  world.app.answer = (request, response) => {
    if (request.url === '/sw.js')
      return void response.writeHead(200, { 'content-type': 'text/javascript' }).end(workerScript());
    if (request.url?.startsWith('/api/') === true)
      return void response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    response.writeHead(200, { 'content-type': 'text/html' }).end(shell);
  };
}, 60_000);

afterAll(async () => {
  for (const browser of browsers) await browser.close();
  await world?.close();
});

/** Somebody who is at work in the app, whose worker has taken over. */
async function atWork(host: string): Promise<Page> {
  const browser = await launchBrowser({ ca: world.certificates.ca });
  browsers.push(browser);
  const page = await browser.context.newPage();
  await page.goto(world.url(host));
  if (host === 'payroll') await page.fill('input[name=code]', otpCode);
  await page.click('button[name=login][value=ada]');
  await page.waitForFunction(() => document.title === 'ready');
  await page.waitForSelector('#state:text("data")');
  return page;
}

async function endAllSessions(): Promise<void> {
  const { sessions } = JSON.parse((await world.admin('/api/v1/sessions?user=ada@corp.example')).body);
  for (const { id } of sessions) await world.admin(`/api/v1/sessions/${id}`, { method: 'DELETE' });
}

async function goPastTheWorker(page: Page): Promise<void> {
  const [tab] = await Promise.all([page.context().waitForEvent('page'), page.click('a:has-text("Sign in again")')]);
  await tab.waitForSelector('h1:has-text("signed in to")');
  expect(new URL(tab.url()).pathname).toBe('/.postern/entered');
  await tab.close();
}

test.each(['navigateFallback', 'everything'] as const)(
  'a person whose session has ended comes back into an app whose worker answers: %s',
  async (kind) => {
    worker = kind;
    const page = await atWork('wiki');
    await endAllSessions();
    await page.goto(world.url('wiki', '/deep/page'));
    // The worker has answered: nothing at this host can ask for a sign-in.
    await page.waitForSelector('#state a');
    expect(await page.innerText('#state')).toBe('session_revoked');
    await page.click('#state a');
    await page.click('button[name=login][value=ada]');
    await page.waitForSelector('h1:has-text("again")');
    await goPastTheWorker(page);
    await page.goto(world.url('wiki', '/deep/page'));
    await page.waitForSelector('#state:text("data")');
  },
  60_000,
);

test('the portal leads there, too, without another sign-in', async () => {
  worker = 'everything';
  const page = await atWork('wiki');
  // As when it timed out at this host alone.
  await page.context().clearCookies({ domain: 'wiki.localhost' });
  await page.goto(world.url('wiki'));
  await page.waitForSelector('#state a');
  expect(await page.innerText('#state')).toBe('login_required');
  await page.goto(world.url('auth'));
  await page.click('a:has-text("Wiki")');
  await goPastTheWorker(page);
  await page.goto(world.url('wiki'));
  await page.waitForSelector('#state:text("data")');
}, 60_000);

test('a proof that the app asks for is given at the sign-in host, in the whole window', async () => {
  worker = 'everything';
  const page = await atWork('payroll');
  await endAllSessions();
  // Signed in elsewhere since, with a password alone.
  const other = await page.context().newPage();
  await other.goto(world.url('dashboard'));
  await other.click('button[name=login][value=ada]');
  await other.waitForURL((url) => url.hostname === 'dashboard.localhost');
  await page.goto(world.url('payroll'));
  await page.waitForSelector('#state a');
  await page.click('#state a');
  await page.click('a:has-text("Continue")');
  await page.fill('input[name=code]', otpCode);
  await page.click('button[name=login][value=ada]');
  await page.waitForSelector('h1:has-text("again")');
  await goPastTheWorker(page);
  await page.goto(world.url('payroll'));
  await page.waitForSelector('#state:text("data")');
}, 60_000);
