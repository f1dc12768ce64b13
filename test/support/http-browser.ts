import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** An answer, read to its end. */
export interface Answer {
  readonly url: string;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface SendOptions {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
  /** Dials this port in place of the URL's: another server for the same names. */
  readonly dialPort?: number;
}

/** A browser without a screen: keeps cookies by host, follows redirects, posts forms. Names under localhost are dialled at 127.0.0.1. */
export interface HttpBrowser {
  /** Sent with every request from now on, redirects included. */
  readonly always: OutgoingHttpHeaders;
  /** One exchange, no redirect followed. A document navigation unless headers say otherwise. */
  send(url: string, options?: SendOptions): Promise<Answer>;
  /** Follows redirects (at most 20) as a navigation would, and presses Continue on the page of a step-up. */
  open(url: string, options?: SendOptions): Promise<Answer>;
  /** Posts a form of the page, found by its action or the first one; hidden fields are sent along. */
  submit(page: Answer, fields: Readonly<Record<string, string>>, formAction?: string): Promise<Answer>;
  cookie(host: string, name: string): string | undefined;
  setCookie(host: string, name: string, value: string | undefined): void;
  cookiesOf(host: string): ReadonlyMap<string, string>;
}

export interface BrowserTls {
  readonly ca?: string | readonly string[];
  readonly cert?: string;
  readonly key?: string;
}

const navigation = {
  accept: 'text/html,application/xhtml+xml',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'accept-language': 'en',
  'user-agent': 'postern-test-browser',
};

/** Opens a fresh profile. */
export function createHttpBrowser(tls: BrowserTls = {}): HttpBrowser {
  const jar = new Map<string, Map<string, string>>();
  const always: OutgoingHttpHeaders = {};

  function cookiesOf(host: string): Map<string, string> {
    const known = jar.get(host) ?? new Map<string, string>();
    jar.set(host, known);
    return known;
  }

  function keep(host: string, lines: readonly string[]): void {
    for (const line of lines) {
      const [pair = '', ...attributes] = line.split(';');
      const equals = pair.indexOf('=');
      const name = pair.slice(0, equals).trim();
      const isGone = attributes.some((text) => /^\s*(max-age=0|expires=thu, 01 jan 1970)/i.test(text));
      if (isGone) cookiesOf(host).delete(name);
      else cookiesOf(host).set(name, pair.slice(equals + 1).trim());
    }
  }

  function send(url: string, options: SendOptions = {}): Promise<Answer> {
    const target = new URL(url);
    const isTls = target.protocol === 'https:';
    const cookie = [...cookiesOf(target.hostname)].map(([name, value]) => `${name}=${value}`).join('; ');
    const isLocalName = target.hostname === 'localhost' || target.hostname.endsWith('.localhost');
    return new Promise((resolve, reject) => {
      const outgoing = (isTls ? httpsRequest : httpRequest)(
        {
          host: isLocalName ? '127.0.0.1' : target.hostname,
          port: options.dialPort ?? (target.port === '' ? (isTls ? 443 : 80) : Number(target.port)),
          method: options.method ?? 'GET',
          path: target.pathname + target.search,
          agent: false,
          headers: withoutUndefined({
            host: target.host,
            ...navigation,
            ...always,
            ...(cookie === '' ? {} : { cookie }),
            ...options.headers,
            ...(options.body === undefined ? {} : { 'content-length': Buffer.byteLength(options.body) }),
          }),
          ...(isTls
            ? { servername: target.hostname, ...tls, ca: tls.ca === undefined ? undefined : [tls.ca].flat() }
            : {}),
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', reject);
          incoming.on('end', () => {
            keep(target.hostname, incoming.headers['set-cookie'] ?? []);
            resolve({
              url,
              status: incoming.statusCode ?? 0,
              headers: incoming.headers,
              body: Buffer.concat(chunks).toString('utf8'),
            });
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(options.body);
    });
  }

  async function open(url: string, options: SendOptions = {}): Promise<Answer> {
    let answer = await send(url, options);
    for (let hops = 0; answer.status >= 301 && answer.status <= 308 && answer.status !== 304; hops++) {
      if (hops === 20) throw new Error(`More than 20 redirects, the last one at ${answer.url}`);
      const location = answer.headers.location ?? '/';
      answer = await send(new URL(location, answer.url).href);
    }
    const onward = /href="(\/\.postern\/step-up\?rt=[^"]*&amp;go=[^"]*)">Continue</.exec(answer.body)?.[1];
    if (onward !== undefined) return open(new URL(unescapeHtml(onward), answer.url).href);
    return answer;
  }

  return {
    always,
    send,
    open,
    submit(page, fields, formAction) {
      const form = findForm(page.body, formAction);
      return open(new URL(form.action, page.url).href, {
        method: 'POST',
        body: new URLSearchParams({ ...form.hidden, ...fields }).toString(),
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          origin: new URL(page.url).origin,
          'sec-fetch-site': 'same-origin',
        },
      });
    },
    cookie: (host, name) => cookiesOf(host).get(name),
    setCookie(host, name, value) {
      if (value === undefined) cookiesOf(host).delete(name);
      else cookiesOf(host).set(name, value);
    },
    cookiesOf,
  };
}

/** A header that is given as `undefined` is not sent. */
function withoutUndefined(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
}

function findForm(html: string, formAction: string | undefined) {
  for (const match of html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gis)) {
    const action = unescapeHtml(attribute(match[1] ?? '', 'action') ?? '');
    if (formAction !== undefined && !action.includes(formAction)) continue;
    const hidden: Record<string, string> = {};
    for (const input of (match[2] ?? '').matchAll(/<input\b([^>]*)>/gi)) {
      const name = attribute(input[1] ?? '', 'name');
      if (name !== undefined && attribute(input[1] ?? '', 'type') === 'hidden') {
        hidden[name] = unescapeHtml(attribute(input[1] ?? '', 'value') ?? '');
      }
    }
    return { action, hidden };
  }
  throw new Error(`The page has no such form:\n${html.slice(0, 2000)}`);
}

function attribute(text: string, name: string): string | undefined {
  return new RegExp(`\\b${name}\\s*=\\s*"([^"]*)"`, 'i').exec(text)?.[1];
}

function unescapeHtml(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
