import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium } from 'playwright-core';
import type { Branding } from '../../src/config/values/branding.ts';
import type { Picture } from '../../src/config/values/picture.ts';
import { pictureHeaders } from '../../src/http/picture-headers.ts';
import { browserScript } from '../../src/pages/browser-script.ts';
import { createPageRenderer } from '../../src/pages/create-page-renderer.tsx';
import type { Page } from '../../src/pages/page.ts';
import { browserScriptPath, iconsPath, logoPath, portalScriptPath, searchField } from '../../src/pages/paths.ts';
import { portalScript } from '../../src/pages/portal-script.ts';
import { context, samplePages } from './pages-samples.ts';
import { svgOf } from './pictures.ts';
import { portalSamples } from './portal-samples.ts';

/** A browser, and a server that shows each sample page with its own policy. */
export interface PagesInBrowser {
  readonly browser: Browser;
  readonly origin: string;
  /** The address of a sample page, with the line of a demonstration. */
  addressOf(name: string): string;
  /** A page of another origin (another name for the same server) that frames a sample page. */
  framing(name: string): string;
  close(): Promise<void>;
}

/** Before the name of a page: with the branding of a company, whose colour cannot be read as it is. */
const branded = 'branded ';
const logo: Picture = { type: 'image/svg+xml', bytes: Buffer.from(svgOf()), hash: 'c0ffee'.repeat(10) };
const company: Branding = {
  name: 'Corp & Sons',
  logo,
  help: 'it@corp.example',
  accent: '#ffe600',
  timeZone: 'Europe/Berlin',
};

/** The pages that are looked at beside the samples. */
export const furtherPages: readonly string[] = [
  ...portalSamples.keys(),
  ...['denial with failing checks', 'empty portal', 'portal with groups', 'sign-in choice', 'framed denial'].map(
    (name) => branded + name,
  ),
];

/** A sample; a search goes to the portal. */
function pageOf(name: string, query: string | null): Page | undefined {
  const portal = portalSamples.get(query === null ? name : 'portal with groups');
  if (portal === undefined) return samplePages.get(name);
  return query === null ? portal : { ...portal, query };
}

/** Pages of somebody who is not signed in name nobody. */
function isForStrangers(page: Page): boolean {
  switch (page.kind) {
    case 'sign_in_choice':
    case 'signed_out':
      return true;
    case 'sign_in_problem':
      return page.problem !== 'step_up_cancelled';
    case 'provider_away':
      return !page.isSignedIn;
    case 'refusal':
      return page.status === 401 && page.reason !== 'step_up_required' && page.reason !== 'reauth_required';
    default:
      return false;
  }
}

export async function openPagesInBrowser(): Promise<PagesInBrowser> {
  const renderer = createPageRenderer();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const framed = url.searchParams.get('frame');
    if (framed !== null) {
      response.writeHead(200, { 'content-type': 'text/html' }).end(`<iframe src="${framed}"></iframe>`);
      return;
    }
    if (url.pathname === browserScriptPath) {
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(browserScript);
      return;
    }
    if (url.pathname === portalScriptPath) {
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(portalScript);
      return;
    }
    if (url.pathname === logoPath || url.pathname.startsWith(`${iconsPath}/`)) {
      response.writeHead(200, pictureHeaders(logo)).end(logo.bytes);
      return;
    }
    const name = url.searchParams.get('page') ?? '';
    const branding = name.startsWith(branded) ? company : undefined;
    const page = pageOf(name.replace(branded, ''), url.searchParams.get(searchField));
    if (page === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      // No timer runs in a sandboxed page, and whoever looks at pages needs some.
      'content-security-policy': renderer.contentSecurityPolicyFor(page, { branding }).replace(/; sandbox .*$/, ''),
    });
    const acceptLanguage = request.headers['accept-language'];
    const person = isForStrangers(page) ? undefined : context.person;
    response.end(renderer.render(page, { ...context, acceptLanguage, person, isDevelopment: true, branding }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const addressOf = (name: string): string => `${origin}/?page=${encodeURIComponent(name)}`;
  const browser = await chromium.launch({
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
  return {
    browser,
    origin,
    addressOf,
    framing: (name) => `http://localhost:${port}/?frame=${encodeURIComponent(addressOf(name))}`,
    async close() {
      await browser.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
