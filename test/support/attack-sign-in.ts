import type { Answer, HttpBrowser } from './http-browser.ts';
import type { World } from './world.ts';

/** Signs in with a password and nothing else, where a sign-in is asked for. */
export async function signInByPassword(
  world: World,
  browser: HttpBrowser,
  url: string,
  person: string,
): Promise<Answer> {
  const page = await browser.open(url);
  return page.url.startsWith(world.provider.issuer) ? browser.submit(page, { login: person }) : page;
}

/** Forgets the person at the provider, as a browser with another profile would. */
export function leaveProvider(browser: HttpBrowser): void {
  for (const name of [...browser.cookiesOf('127.0.0.1').keys()]) browser.setCookie('127.0.0.1', name, undefined);
}

/** Signs out at the sign-in host, as the person would. */
export async function signOut(world: World, browser: HttpBrowser): Promise<Answer> {
  return browser.submit(await browser.open(world.url('auth', '/.postern/sign-out')), {});
}
