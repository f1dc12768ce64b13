import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium } from 'playwright-core';
import { browserScript } from '../../src/pages/browser-script.ts';
import { createPageRenderer } from '../../src/pages/create-page-renderer.tsx';
import { browserScriptPath } from '../../src/pages/paths.ts';
import { context, samplePages } from './pages-samples.ts';

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
    response.end(renderer.render(page, { ...context, acceptLanguage, isDevelopment: true }));
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
