import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
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
  await demo.stop();
});

async function openBrowser(device?: string): Promise<Page> {
  const files = device === undefined ? undefined : demo.description.devices[device];
  const browser = await launchBrowser({
    ca: demo.description.ca,
    ...(files === undefined ? {} : { device: { certificate: files.cert, key: files.key } }),
  });
  browsers.push(browser);
  return browser.context.newPage();
}

const signIn = (page: Page, person: string) => page.click(`button[name=login][value=${person}]`);
const heading = (page: Page) => page.innerText('h1');
const isAppClosed = (page: Page) =>
  page.url().startsWith(demo.description.urls.idp) || page.url().includes('/.postern/');

async function setDisk(device: string, isEncrypted: boolean): Promise<void> {
  const answer = await fetch(`${demo.description.urls.admin}/api/v1/devices/${device}/facts`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${demo.description.admin_token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ disk_encrypted: isEncrypted }),
  });
  expect(answer.status).toBe(200);
}

describe('a person with a browser', () => {
  test.each(['ada', 'lin', 'noor', 'kim'])('%s signs in and reads the wiki, which knows who it is', async (person) => {
    const page = await openBrowser();
    await page.goto(demo.description.urls.wiki);
    await signIn(page, person);
    expect(await page.innerText('#email')).toBe(`${person}@corp.example`);
    expect(await heading(page)).toBe('Welcome');
  });

  test('steps up for Payroll, and comes back to the very page', async () => {
    const page = await openBrowser();
    await page.goto(`${demo.description.urls.payroll}/payslips?year=2026`);
    await signIn(page, 'ada');
    expect(await page.innerText('.lead')).toContain('asks for');
    await page.click('a:has-text("Continue")');
    const code = await page.innerText('#shown-code');
    await page.fill('[name=code]', code);
    await page.click('button:has-text("Confirm")');
    expect(page.url()).toBe(`${demo.description.urls.payroll}/payslips?year=2026`);
    expect(await heading(page)).toBe('Payslips of Ada Okafor');
  });

  test('is denied with a reason, and without being asked for a factor that would not help', async () => {
    const page = await openBrowser();
    await page.goto(demo.description.urls.payroll);
    await signIn(page, 'kim');
    expect(await page.content()).toContain('not_in_required_group');
    expect(page.url()).toContain(new URL(demo.description.urls.payroll).host);
  });

  test('has no device on plain HTTP, and is told where there is one', async () => {
    const page = await openBrowser();
    await page.goto(demo.description.urls.console);
    await signIn(page, 'noor');
    const denial = await page.content();
    expect(denial).toContain('device_unknown');
    expect(denial).toContain(demo.description.tls.console);
  });

  test('opens Console with a device, loses it when its disk is not encrypted, and gets it back', async () => {
    const page = await openBrowser('noor-laptop');
    await page.goto(demo.description.tls.console);
    await signIn(page, 'noor');
    expect(await heading(page)).toBe('Production console');
    await setDisk('noor-laptop', false);
    await page.goto(demo.description.tls.console);
    const denial = await page.content();
    expect(denial).toContain('device_not_compliant');
    expect(denial).toContain('Encrypt%20your%20disk');
    await setDisk('noor-laptop', true);
    await page.goto(demo.description.tls.console);
    expect(await heading(page)).toBe('Production console');
  });

  test('watches the dashboard over a WebSocket and an event stream', async () => {
    const page = await openBrowser();
    await page.goto(demo.description.urls.dashboard);
    await signIn(page, 'lin');
    await page.waitForSelector('#live-state:text("open")');
    await page.waitForSelector('#feed-state:text("open")');
    await page.waitForFunction(() => /watched by/.test(document.getElementById('live')?.textContent ?? ''));
  });

  test('signs out, and finds every app closed', async () => {
    const page = await openBrowser();
    await page.goto(demo.description.urls.wiki);
    await signIn(page, 'lin');
    await page.goto(demo.description.urls.dashboard);
    await page.goto(`${demo.description.urls.portal}/`);
    await page.click('button:has-text("Sign out"), a:has-text("Sign out")');
    const confirm = page.locator('button[name=logout][value=yes]');
    await confirm.click();
    await page.waitForURL(/signed-out/);
    for (const app of ['wiki', 'dashboard'] as const) {
      await page.goto(demo.description.urls[app]);
      expect(isAppClosed(page)).toBe(true);
    }
  });
});

describe('the demo', () => {
  test('prints one line of JSON and nothing else, and Ctrl+C leaves nothing behind', async () => {
    const own = await startDemoProcess();
    expect(own.stdout().trimEnd().split('\n')).toHaveLength(1);
    const folder = dirname(dirname(own.description.ca));
    expect(existsSync(folder)).toBe(true);
    expect(await own.stop()).toBe(0);
    expect(existsSync(folder)).toBe(false);
  }, 60_000);
});

/** Runs a command that the demo printed, as it stands. */
const runPrinted = (command: string) => execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8' });

describe('a fact that is turned from another terminal', () => {
  test('the short command of the banner knows the running demo', () => {
    const postern = join(dirname(dirname(demo.description.ca)), 'bin', 'postern');
    expect(runPrinted(`${postern} status`)).toContain('ready    yes');
    expect(runPrinted(`${postern} routes`)).toContain('payroll');
    expect(runPrinted(`${postern} reload --yes`)).toContain('already: nothing has changed');
  });

  test('lock: the live feeds of the open page stop and say why, and so does the page when it is loaded again', async () => {
    const page = await openBrowser();
    await page.goto(demo.description.urls.dashboard);
    await signIn(page, 'lin');
    await page.waitForFunction(
      "document.getElementById('live-state').textContent === 'open' && document.getElementById('feed-state').textContent === 'open'",
    );
    expect(runPrinted(demo.description.flips.lock)).toContain('locked lin@corp.example until');
    await page.waitForFunction("document.getElementById('live-state').textContent.startsWith('closed')");
    expect(await page.innerText('#live-state')).toMatch(/^closed \(3003, .*account_locked/);
    await page.reload();
    if (!(await page.content()).includes('account_locked')) await signIn(page, 'lin');
    expect(await heading(page)).toBe('Your access is paused');
    expect(await page.content()).toContain('Come and see us.');
    expect(runPrinted(demo.description.flips.lock.replace(/lock .* -c/, 'unlock --user lin -c'))).toContain('unlocked');
  });

  test('device: the console that was open to the laptop is closed, with the check that fails', async () => {
    const page = await openBrowser('noor-laptop');
    await page.goto(demo.description.tls.console);
    await signIn(page, 'noor');
    expect(await heading(page)).toBe('Production console');
    runPrinted(demo.description.flips.device);
    await page.reload();
    expect(await page.content()).toContain('device_not_compliant');
    runPrinted(demo.description.flips.device.replace('=false', '=true'));
    await page.reload();
    expect(await heading(page)).toBe('Production console');
  });
});
