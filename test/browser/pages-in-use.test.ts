import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page as Tab } from 'playwright-core';
import { openPagesInBrowser, type PagesInBrowser } from '../support/pages-browser.ts';
import { context, samplePages } from '../support/pages-samples.ts';

let pages: PagesInBrowser;

beforeAll(async () => {
  pages = await openPagesInBrowser();
});

afterAll(() => pages.close());

async function open(url: string, options: Parameters<PagesInBrowser['browser']['newPage']>[0] = {}): Promise<Tab> {
  const tab = await pages.browser.newPage({ locale: 'en', javaScriptEnabled: true, ...options });
  await tab.goto(url);
  return tab;
}

describe('a page in use', () => {
  test('gives the details for support as one selection at one click', async () => {
    const tab = await open(pages.addressOf('denial with failing checks'));
    await tab.getByText('Details for support').click();
    await tab.locator('pre').click();
    const selected = await tab.evaluate(() => String(getSelection()));
    expect(selected.trim().split('\n')).toEqual([
      `Decision: ${context.decisionId}`,
      'Time: 2026-01-05T14:02:00.000Z',
      'Account: ada@corp.example',
      'App: Payroll (payroll.corp.example)',
      'Reason: device_not_compliant',
    ]);
    await tab.close();
  });

  test('is walked through by keyboard, in reading order and with the focus to be seen', async () => {
    const tab = await open(pages.addressOf('denial with failing checks'));
    const stops: string[] = [];
    for (let step = 0; step < 9; step += 1) {
      await tab.keyboard.press('Tab');
      const stop = await tab.evaluate(() => {
        const element = document.activeElement;
        if (element === null) return undefined;
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        return { text: element.textContent ?? '', outline: `${outlineStyle} ${outlineWidth}` };
      });
      expect(stop?.outline).toBe('solid 3px');
      stops.push(stop?.text ?? '');
    }
    expect(stops).toEqual([
      'Switch account',
      'How to fix: Disk encryption',
      'How to fix: Operating system version',
      '1 check passed',
      'Check again',
      'See what is checked on this device',
      'payroll-owners@corp.example',
      'Details for support',
      'Your apps',
    ]);
    await tab.close();
  });

  test('shows everything and opens its folded parts where scripts are switched off', async () => {
    const tab = await open(pages.addressOf('denial with failing checks'), { javaScriptEnabled: false });
    expect(await tab.getByText('The screen lock is on').isVisible()).toBe(false);
    await tab.getByText('1 check passed').click();
    expect(await tab.getByText('The screen lock is on').isVisible()).toBe(true);
    await tab.close();
  });

  test('has nothing to press that is smaller than 24 by 24 pixels, at 320 pixels as well', async () => {
    const tab = await open(pages.addressOf('portal'), { viewport: { width: 320, height: 700 } });
    const small: Record<string, unknown> = {};
    for (const name of samplePages.keys()) {
      await tab.goto(pages.addressOf(name));
      const boxes = await tab.evaluate(() =>
        [...document.querySelectorAll('a, button, summary')]
          .filter((element) => element.checkVisibility())
          .map((element) => {
            const { width, height } = element.getBoundingClientRect();
            return { text: element.textContent, width, height, isInTile: element.closest('.tile') !== null };
          }),
      );
      const tooSmall = boxes.filter((box) => !box.isInTile && (box.width < 24 || box.height < 24));
      if (tooSmall.length > 0) small[name] = tooSmall;
    }
    expect(small).toEqual({});
    await tab.close();
  });

  test('keeps its buttons’ borders in forced colours', async () => {
    const tab = await open(pages.addressOf('denial with failing checks'), { forcedColors: 'active' });
    const border = await tab
      .getByText('Check again', { exact: true })
      .evaluate((element) => getComputedStyle(element).borderTopStyle);
    expect(border).toBe('solid');
    await tab.close();
  });

  test('moves nothing for people who asked for less motion', async () => {
    const tab = await open(pages.addressOf('portal'), { reducedMotion: 'reduce' });
    const duration = await tab
      .getByRole('button', { name: 'Sign out' })
      .evaluate((element) => getComputedStyle(element).transitionDuration);
    expect(duration).toBe('0s');
    await tab.close();
  });

  test('prints what was folded, and no buttons', async () => {
    const tab = await open(pages.addressOf('denial with failing checks'));
    await tab.emulateMedia({ media: 'print' });
    expect(await tab.getByText('The screen lock is on').isVisible()).toBe(true);
    expect(await tab.getByText('Check again', { exact: true }).isVisible()).toBe(false);
    await tab.close();
  });
});

describe('a frame on a page of another origin', () => {
  test('shows a small refusal, whose link takes the whole window', async () => {
    const tab = await open(pages.framing('framed denial'));
    const frame = tab.frameLocator('iframe');
    expect(await frame.locator('h1').textContent()).toBe('You can’t open Payroll yet');
    const asked = tab.waitForRequest((request) => request.url().startsWith('https://payroll.corp.example/'));
    await frame.getByText('See what to do').click();
    expect((await asked).frame()).toBe(tab.mainFrame());
    await tab.close();
  });

  test('does not show a full page', async () => {
    const tab = await pages.browser.newPage({ locale: 'en' });
    const complaints: string[] = [];
    tab.on('console', (message) => complaints.push(message.text()));
    await tab.goto(pages.framing('sign-out confirmation'));
    expect(await tab.frameLocator('iframe').getByText('Sign out').count()).toBe(0);
    expect(complaints.join()).toContain('frame-ancestors');
    await tab.close();
  });
});

describe('the search of the portal', () => {
  const titles = async (tab: Tab): Promise<readonly string[]> =>
    (await tab.locator('.tile:visible .title').allTextContents()).map((title) => title.trim());

  test('answers while somebody types, finds accents and case, and says how many fit', async () => {
    const tab = await open(pages.addressOf('portal with groups'));
    await tab.getByRole('searchbox', { name: 'Find an app' }).fill('CAFE');
    expect(await titles(tab)).toEqual(['Café Züri']);
    await tab.getByRole('status').filter({ hasText: '1 of 8 apps' }).waitFor();
    expect(await tab.locator('.group:visible').count()).toBe(1);
    await tab.getByRole('searchbox').fill('finance receipts');
    expect(await titles(tab)).toEqual(['Travel expenses']);
    await tab.getByRole('searchbox').fill('tractor');
    await tab.getByText('None of your apps fits').waitFor();
    await tab.getByRole('searchbox').fill('');
    expect(await titles(tab)).toHaveLength(8);
    expect(await tab.getByText('None of your apps fits').isVisible()).toBe(false);
    await tab.close();
  });

  test('goes on from what was found without a script', async () => {
    const tab = await open(`${pages.origin}/?q=handbook`);
    expect(await titles(tab)).toEqual(['Wiki']);
    await tab.getByRole('searchbox').fill('pay');
    expect(await titles(tab)).toEqual(['Payroll']);
    await tab.close();
  });

  test('works without scripts: one press, and a way back to all', async () => {
    const tab = await open(pages.addressOf('portal with groups'), { javaScriptEnabled: false });
    await tab.getByRole('searchbox').fill('handbook');
    await tab.keyboard.press('Enter');
    await tab.waitForURL('**/?q=handbook');
    expect(await titles(tab)).toEqual(['Wiki']);
    expect(await tab.getByRole('status').textContent()).toBe('1 of 8 apps');
    expect(await tab.getByRole('link', { name: 'Show all' }).getAttribute('href')).toBe('/');
    await tab.close();
  });

  test('is walked through by keyboard: field, button, then each app', async () => {
    const tab = await open(pages.addressOf('portal with groups'));
    await tab.getByRole('searchbox').focus();
    await tab.keyboard.type('wiki');
    for (const name of ['Search', 'Wiki']) {
      await tab.keyboard.press('Tab');
      expect(await tab.evaluate(() => document.activeElement?.textContent)).toBe(name);
    }
    await tab.close();
  });
});
