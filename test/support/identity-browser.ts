import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { parseSetCookie } from 'cookie';

export interface BrowserAnswer {
  readonly url: string;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly setCookies: readonly string[];
}

/** A small browser: a cookie jar by host, redirects followed as far as told, no scripts. Every name is at 127.0.0.1. */
export interface TestBrowser {
  go(url: string, options?: GoOptions): Promise<BrowserAnswer>;
  /** Follows redirects until a page, or until a URL that is not on one of these origins. */
  follow(url: string, origins: readonly string[], options?: GoOptions): Promise<BrowserAnswer>;
  cookies(host: string): ReadonlyMap<string, string>;
  setCookie(host: string, name: string, value: string): void;
  /** A browser with a copy of these cookies: a second tab that has not seen what comes later. */
  fork(): TestBrowser;
}

export interface GoOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const navigation = {
  accept: 'text/html,application/xhtml+xml',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'user-agent': 'test-browser',
};

export function createBrowser(jar: Map<string, Map<string, string>> = new Map()): TestBrowser {
  function jarOf(host: string): Map<string, string> {
    const known = jar.get(host) ?? new Map<string, string>();
    jar.set(host, known);
    return known;
  }

  async function go(url: string, options: GoOptions = {}): Promise<BrowserAnswer> {
    const { hostname, port, pathname, search, host } = new URL(url);
    const cookies = [...jarOf(hostname)].map(([name, value]) => `${name}=${value}`).join('; ');
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(
        {
          host: '127.0.0.1',
          port,
          path: pathname + search,
          method: options.method ?? 'GET',
          agent: false,
          headers: {
            host,
            ...navigation,
            ...(cookies === '' ? {} : { cookie: cookies }),
            ...(options.body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
            ...options.headers,
          },
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('end', () => {
            const setCookies = incoming.headers['set-cookie'] ?? [];
            for (const line of setCookies) keep(hostname, line);
            const body = Buffer.concat(chunks).toString();
            resolve({ url, status: incoming.statusCode ?? 0, headers: incoming.headers, body, setCookies });
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(options.body);
    });
  }

  function keep(host: string, line: string): void {
    const { name, value, maxAge, expires } = parseSetCookie(line);
    const isGone = (maxAge !== undefined && maxAge <= 0) || (expires !== undefined && expires.getTime() <= 0);
    if (isGone) jarOf(host).delete(name);
    else jarOf(host).set(name, encodeURIComponent(value ?? ''));
  }

  return {
    go,
    async follow(url, origins, options) {
      let answer = await go(url, options);
      for (let hops = 0; hops < 15; hops += 1) {
        const { location } = answer.headers;
        if (location === undefined || answer.status < 300 || answer.status > 399) return answer;
        const next = new URL(location, answer.url);
        if (!origins.includes(next.origin)) return answer;
        answer = await go(next.href);
      }
      throw new Error(`The redirects never end: ${answer.url}`);
    },
    cookies: (host) => jarOf(host),
    setCookie: (host, name, value) => void jarOf(host).set(name, value),
    fork: () => createBrowser(new Map([...jar].map(([host, cookies]) => [host, new Map(cookies)]))),
  };
}
