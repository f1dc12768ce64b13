import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import axe from 'axe-core';
import type { Page as Tab } from 'playwright-core';
import { furtherPages, openPagesInBrowser, type PagesInBrowser } from '../support/pages-browser.ts';
import { samplePages } from '../support/pages-samples.ts';

const screenshotFolder = process.env['PAGES_SCREENSHOTS'];
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const settings = (['light', 'dark'] as const).flatMap((colorScheme) =>
  ['en', 'de'].flatMap((language) => [320, 1440].map((width) => ({ colorScheme, language, width }))),
);

let pages: PagesInBrowser;

beforeAll(async () => {
  pages = await openPagesInBrowser();
});

afterAll(() => pages.close());

/** Pages that differ by their reason's words alone are looked at in two of the settings, all others in each. */
function pagesFor(setting: { colorScheme: string; width: number }): readonly string[] {
  const takesReasons = (setting.colorScheme === 'light') === (setting.width === 1440);
  return [...samplePages.keys()].filter((name) => takesReasons || !name.startsWith('refusal '));
}

async function sidewaysScroll(tab: Tab): Promise<number> {
  return tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

describe.each(settings)(
  'pages in $colorScheme colours, $language, $width px wide',
  ({ colorScheme, language, width }) => {
    test('break no accessibility rule, do not scroll sideways, load nothing and break no policy', async () => {
      const tab = await pages.browser.newPage({ colorScheme, locale: language, viewport: { width, height: 800 } });
      const requests: string[] = [];
      const complaints: string[] = [];
      tab.on('request', (request) => requests.push(request.url()));
      tab.on('console', (message) => complaints.push(message.text()));
      const findings: Record<string, unknown> = {};
      for (const name of [...pagesFor({ colorScheme, width }), ...furtherPages]) {
        await tab.goto(pages.addressOf(name));
        await tab.evaluate(axe.source);
        const violations = await tab.evaluate(async (values) => {
          const engine = (globalThis as unknown as { axe: typeof axe }).axe;
          const result = await engine.run({ runOnly: { type: 'tag', values } });
          return result.violations.map(({ id, nodes }) => ({ id, nodes: nodes.map((node) => node.html) }));
        }, rules);
        const scroll = await sidewaysScroll(tab);
        const shownLanguage = await tab.getAttribute('html', 'lang');
        if (violations.length > 0 || scroll > 0 || shownLanguage !== language) {
          findings[name] = { violations, scroll, shownLanguage };
        }
        if (screenshotFolder !== undefined) {
          const file = `${name.replaceAll(' ', '-')}.${colorScheme}.${language}.${width}.png`;
          await tab.screenshot({ path: `${screenshotFolder}/${file}`, fullPage: true });
        }
      }
      expect(findings).toEqual({});
      expect(complaints).toEqual([]);
      expect(requests.filter((url) => !url.startsWith(pages.origin) && !url.startsWith('data:'))).toEqual([]);
      await tab.close();
    }, 180_000);
  },
);
