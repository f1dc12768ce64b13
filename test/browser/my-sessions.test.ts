import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { launchBrowser, type TestBrowser } from '../support/browser.ts';
import { type DemoProcess, startDemoProcess } from '../support/demo-process.ts';

let demo: DemoProcess;
const browsers: TestBrowser[] = [];

beforeAll(async () => {
  demo = await startDemoProcess();
}, 60_000);

afterAll(async () => {
  for (const browser of browsers) await browser.close();
  await demo?.stop();
});

async function signedIn(): Promise<Page> {
  const browser = await launchBrowser({ ca: demo.description.ca });
  browsers.push(browser);
  const page = await browser.context.newPage();
  await page.goto(demo.description.urls.dashboard);
  await page.click('button[name=login][value=lin]');
  await page.waitForSelector('#live-state:text("open")');
  return page;
}

test('a person finds a strange session, says “This wasn’t me”, and is told what to do', async () => {
  const [here, stranger] = [await signedIn(), await signedIn()];
  await here.goto(`${demo.description.urls.portal}/`);
  await here.click('a:has-text("Your sessions")');
  expect(await here.locator('h2').allInnerTexts()).toEqual(['Chrome on Linux', 'Chrome on Linux']);
  expect(await here.locator('section', { hasText: 'This browser' }).count()).toBe(1);
  await here.click('a:has-text("This wasn’t me")');
  expect(await here.innerText('h1')).toBe('Was this session not you?');
  await here.click('button:has-text("End it: this wasn’t me")');
  expect(await here.innerText('[role=status] h2')).toBe('That session has ended, and its apps are closed');
  expect(await here.innerText('[role=status]')).toContain('Change your password now');
  expect(await here.content()).toContain('You are not signed in anywhere else.');

  await stranger.waitForSelector('#live-state:not(:text("open"))');
  await stranger.goto(demo.description.urls.wiki);
  expect(stranger.url().startsWith(demo.description.urls.idp)).toBe(true);
}, 60_000);
