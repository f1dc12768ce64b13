import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { launchBrowser, type TestBrowser } from '../support/browser.ts';
import { askForBrowser } from '../support/key-browser.ts';
import { otpCode } from '../support/oidc-provider.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let browser: TestBrowser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  world = await startWorld({ edit: (yaml) => askForBrowser(yaml) });
  browser = await launchBrowser({ ca: world.certificates.ca });
  page = await browser.context.newPage();
  page.on('console', (message) => {
    if (/Content.Security.Policy/i.test(message.text())) complaints.push(message.text());
  });
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await world?.close();
});

test('a person registers their browser, and from then on it proves itself on the way to an app', async () => {
  await page.goto(world.url('wiki'));
  await page.click('button[name=login][value=ada]');
  await page.getByText('This browser is not registered for your account').waitFor();
  await page.getByText('Go to the device page').click();
  await page.getByText('Confirm that it’s you', { exact: true }).click();
  await page.fill('input[name=code]', otpCode);
  await page.click('button[name=login][value=ada]');
  await page.getByText('Register this browser').click();
  await page.getByText('Remove, and sign it out').waitFor();

  await page.goto(world.url('wiki'));
  await page.waitForURL(world.url('wiki'));
  expect(await page.innerText('body')).toContain('GET');
  expect(complaints).toEqual([]);
}, 60_000);

test('the key cannot be read out by a page of its own host', async () => {
  await page.goto(world.url('auth', '/.postern/device'));
  const outcome = await page.evaluate(async () => {
    const opened = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open('postern', 1);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const pair = await new Promise<CryptoKeyPair>((resolve) => {
      const request = opened.transaction('keys').objectStore('keys').get('browser');
      request.onsuccess = () => resolve(request.result);
    });
    return crypto.subtle.exportKey('jwk', pair.privateKey).then(
      () => 'exported',
      (error: Error) => error.name,
    );
  });
  expect(outcome).toBe('InvalidAccessError');
}, 60_000);

test('after its removal the app is closed, and the page says what to do', async () => {
  await page.goto(world.url('auth', '/.postern/device'));
  await page.getByText('Remove, and sign it out').click();
  await page.waitForLoadState();
  await page.goto(world.url('wiki'));
  await page.getByText('This browser is not registered for your account').waitFor();
}, 60_000);
