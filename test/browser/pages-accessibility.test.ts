import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import axe from 'axe-core';
import { type Browser, chromium, type Page as Tab } from 'playwright-core';
import { createPageRenderer } from '../../src/pages/create-page-renderer.tsx';
import { context, samplePages } from '../support/pages-samples.ts';

const renderer = createPageRenderer();
const screenshotFolder = process.env['PAGES_SCREENSHOTS'];
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const settings = (['light', 'dark'] as const).flatMap((colorScheme) =>
  ['en', 'de'].flatMap((language) => [320, 1280].map((width) => ({ colorScheme, language, width }))),
);

let server: Server;
let browser: Browser;
let origin: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const page = samplePages.get(url.searchParams.get('page') ?? '');
    if (page === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': renderer.contentSecurityPolicyFor(page),
    });
    const acceptLanguage = request.headers['accept-language'];
    response.end(renderer.render(page, { ...context, acceptLanguage, isDevelopment: url.searchParams.has('demo') }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
});

afterAll(async () => {
  await browser.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function addressOf(name: string): string {
  return `${origin}/?page=${encodeURIComponent(name)}&demo`;
}

/** Pages that differ by their reason's words alone are looked at in two of the settings, all others in each. */
function pagesFor(setting: { colorScheme: string; width: number }): readonly string[] {
  const takesReasons = (setting.colorScheme === 'light') === (setting.width === 1280);
  return [...samplePages.keys()].filter((name) => takesReasons || !name.startsWith('refusal '));
}

async function sidewaysScroll(tab: Tab): Promise<number> {
  return tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

describe.each(settings)(
  'pages in $colorScheme colours, $language, $width px wide',
  ({ colorScheme, language, width }) => {
    test('break no accessibility rule, do not scroll sideways, load nothing and break no policy', async () => {
      const tab = await browser.newPage({ colorScheme, locale: language, viewport: { width, height: 800 } });
      const requests: string[] = [];
      const complaints: string[] = [];
      tab.on('request', (request) => requests.push(request.url()));
      tab.on('console', (message) => complaints.push(message.text()));
      const findings: Record<string, unknown> = {};
      for (const name of pagesFor({ colorScheme, width })) {
        await tab.goto(addressOf(name));
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
      expect(requests.filter((url) => !url.startsWith(origin) && !url.startsWith('data:'))).toEqual([]);
      await tab.close();
    }, 180_000);
  },
);
