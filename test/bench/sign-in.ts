import { createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts';
import type { Contender } from './contender.ts';

/** Opens a page as a stranger and signs in on the provider's form; answers the browser with its cookies. */
export async function signIn(url: string, issuer: string, ca?: string): Promise<HttpBrowser> {
  const browser = createHttpBrowser(ca === undefined ? {} : { ca });
  let page = await browser.open(url);
  for (let forms = 0; page.url.startsWith(issuer) && forms < 3; forms += 1)
    page = await browser.submit(page, { login: 'ada' });
  if (page.status !== 200)
    throw new Error(`Signing in at ${url} ended with ${page.status}:\n${page.body.slice(0, 500)}`);
  return browser;
}

/** What a browser sends of its cookies to a host. */
export function cookieHeader(browser: HttpBrowser, host: string): string {
  return [...browser.cookiesOf(host)].map(([name, value]) => `${name}=${value}`).join('; ');
}

/** Throws unless the app's own answer comes: wrk takes a redirect to a sign-in for an answer like any other. */
export async function requireAnswer({ name, url, headers }: Contender, ca: string, cookie?: string): Promise<void> {
  const { port, protocol, pathname } = new URL(url);
  const seen = await createHttpBrowser({ ca }).send(`${protocol}//${headers['Host']}${pathname}`, {
    dialPort: Number(port),
    headers: cookie === undefined ? headers : { ...headers, Cookie: cookie },
  });
  if (seen.status !== 200 || !/^x+$/.test(seen.body))
    throw new Error(`${name} answered ${seen.status} instead of what the app says:\n${seen.body.slice(0, 500)}`);
}
