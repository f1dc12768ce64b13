import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import {
  renderAppPage,
  renderConsole,
  renderDashboard,
  renderDirectCall,
  renderPayroll,
  renderWiki,
} from './app-pages.ts';
import type { AssertionVerifier, Identity } from './assertion.ts';
import type { CertificateFiles } from './development-certificates.ts';
import { closeServer, listenOnLoopback } from './listen.ts';
import { createLiveFeeds, type LiveFeeds } from './live-feeds.ts';
import type { Markup } from './markup.ts';

export const appNames = ['wiki', 'dashboard', 'payroll', 'console'] as const;
export type AppName = (typeof appNames)[number];

const looks: Readonly<Record<AppName, { readonly title: string; readonly accent: string }>> = {
  wiki: { title: 'Wiki', accent: '#0550ae' },
  dashboard: { title: 'Dashboard', accent: '#116329' },
  payroll: { title: 'Payroll', accent: '#7a4b00' },
  console: { title: 'Console', accent: '#b42318' },
};

/** What an app needs to know about the world. */
export interface AppSettings {
  readonly name: AppName;
  readonly certificate: CertificateFiles;
  /** The authority that Postern's client certificate comes from. */
  readonly clientCa: string;
  readonly verify: AssertionVerifier;
  /** Where people should go who come past Postern. */
  readonly origin: string;
}

export interface RunningApp {
  readonly name: AppName;
  readonly port: number;
  close(): Promise<void>;
}

const maximumFormBytes = 64 * 1024;

async function readText(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > maximumFormBytes) throw new Error('The form is too large.');
  }
  return text;
}

function sendPage(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
  response.end(html);
}

type AppRoutes = (
  request: IncomingMessage,
  path: string,
  identity: Identity,
) => Promise<Markup | { readonly seeOther: string }>;

/** Postern forwards a canonical path; what does not decode is a page that nobody has written. */
function pageName(path: string): string {
  const name = path.startsWith('/pages/') ? path.slice('/pages/'.length) : '';
  try {
    return decodeURIComponent(name) || 'Welcome';
  } catch {
    return name;
  }
}

function createWiki(): AppRoutes {
  const pages = new Map([
    ['Welcome', 'Everyone may read and write here, once Postern knows who they are.'],
    ['Holidays', 'The office is closed from 24 December to 1 January.'],
    [
      'Encrypt your disk',
      'Switch on FileVault, BitLocker or LUKS. In this demo: set the fact to true, as step 6 of the banner does.',
    ],
  ]);
  return async (request, path) => {
    const name = pageName(path);
    if (request.method !== 'POST') return renderWiki(pages, name);
    const form = new URLSearchParams(await readText(request));
    if (pages.has(name) || pages.size < 100) pages.set(name, form.get('text') ?? '');
    return { seeOther: `/pages/${encodeURIComponent(name)}` };
  };
}

const routesOf: Readonly<Record<AppName, () => AppRoutes>> = {
  wiki: createWiki,
  dashboard: () => async () => renderDashboard(),
  payroll: () => async (_request, _path, identity) => renderPayroll(identity),
  console: () => async () => renderConsole(),
};

/** Why a request is not from Postern, or who it is for. Both are asked for: the certificate of the connection and the assertion. */
async function recognise(
  settings: AppSettings,
  request: IncomingMessage,
): Promise<Identity | { readonly refusal: string }> {
  if (!(request.socket as TLSSocket).authorized)
    return { refusal: 'This connection showed no certificate of Postern.' };
  const assertion = request.headers['x-postern-assertion'];
  try {
    return await settings.verify(typeof assertion === 'string' ? assertion : undefined);
  } catch {
    return { refusal: 'The request carries no X-Postern-Assertion that is true, fresh and meant for this app.' };
  }
}

function createRequestHandler(settings: AppSettings, feeds: LiveFeeds) {
  const look = looks[settings.name];
  const answer = routesOf[settings.name]();
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const identity = await recognise(settings, request);
    if ('refusal' in identity)
      return sendPage(response, 403, renderDirectCall(look, settings.origin, identity.refusal));
    const path = new URL(request.url ?? '/', settings.origin).pathname;
    if (path === '/identity') {
      response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(
        JSON.stringify({
          app: settings.name,
          identity,
          method: request.method,
          url: request.url,
          headers: request.headers,
        }),
      );
      return;
    }
    if (settings.name === 'dashboard' && path === '/events') return feeds.serveEvents(response, identity);
    const content = await answer(request, path, identity);
    if ('html' in content) return sendPage(response, 200, renderAppPage(look, identity, content));
    response.writeHead(303, { location: content.seeOther }).end();
  };
}

function createUpgradeHandler(settings: AppSettings, feeds: LiveFeeds) {
  return async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    socket.on('error', () => socket.destroy());
    const identity = await recognise(settings, request);
    const status = 'refusal' in identity ? '403 Forbidden' : '404 Not Found';
    if ('refusal' in identity || settings.name !== 'dashboard') {
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    feeds.serveWebSocket(request, socket, head, identity);
  };
}

/** Starts one app over TLS on any free port of 127.0.0.1. It asks for Postern's certificate and for a true assertion. */
export async function startApp(settings: AppSettings): Promise<RunningApp> {
  const feeds = createLiveFeeds();
  const serve = createRequestHandler(settings, feeds);
  const upgrade = createUpgradeHandler(settings, feeds);
  const server: Server = createServer({
    cert: readFileSync(settings.certificate.certificate),
    key: readFileSync(settings.certificate.key),
    ca: readFileSync(settings.clientCa),
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
  });
  server.on('request', (request, response) => {
    serve(request, response).catch(() => {
      if (!response.headersSent)
        sendPage(
          response,
          400,
          renderDirectCall(looks[settings.name], settings.origin, 'The request could not be read.'),
        );
      else response.destroy();
    });
  });
  server.on('upgrade', (request, socket, head) => {
    upgrade(request, socket, head).catch(() => socket.destroy());
  });
  const port = await listenOnLoopback(server, 0);
  return {
    name: settings.name,
    port,
    close: async () => {
      feeds.close();
      await closeServer(server);
    },
  };
}
