import { webcrypto } from 'node:crypto';
import { browserProofType } from '../../src/devices/browser-proof.ts';
import type { Answer, HttpBrowser } from './http-browser.ts';
import { otpCode } from './oidc-provider.ts';
import type { World } from './world.ts';

/** The part of a browser that the script of the sign-in host plays: a key that stays, and proofs by it. */
export interface KeyBrowser {
  readonly browser: HttpBrowser;
  readonly kid: string;
  /** Does what the script does with a page of the sign-in host; `change` spoils what is sent. */
  run(page: Answer, change?: (form: URLSearchParams) => void): Promise<Answer>;
  /** Confirms at the provider and registers this browser on the device page. */
  register(): Promise<Answer>;
  /** Opens an app, proves on the way where that is asked for, and goes on to where it leads. */
  open(url: string): Promise<Answer>;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };

/** The data of the element that the script reads; `undefined`: the page has none. */
export function keyData(page: Answer): Record<string, string> | undefined {
  const element = /<div id="browser-key"[^>]*>/.exec(page.body)?.[0];
  if (element === undefined) return undefined;
  return Object.fromEntries([...element.matchAll(/data-(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
}

/** Builds one with a fresh key. */
export async function createKeyBrowser(world: World, browser: HttpBrowser = world.browser()): Promise<KeyBrowser> {
  const pair = await webcrypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
  const { kty, crv, x, y } = await webcrypto.subtle.exportKey('jwk', pair.publicKey);
  const canonical = JSON.stringify({ crv, kty, x, y });
  const kid = Buffer.from(await webcrypto.subtle.digest('SHA-256', Buffer.from(canonical))).toString('base64url');
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

  const run: KeyBrowser['run'] = async (page, change) => {
    const data = keyData(page);
    if (data === undefined) throw new Error(`The page at ${page.url} asks for no key.`);
    const url = new URL(data['url'] ?? '', page.url).href;
    const payload = { aud: url, nonce: data['nonce'], kid };
    const signed = `${encode({ alg: 'ES256', typ: browserProofType })}.${encode(payload)}`;
    const way = { name: 'ECDSA', hash: 'SHA-256' };
    const signature = Buffer.from(await webcrypto.subtle.sign(way, pair.privateKey, Buffer.from(signed)));
    const form = new URLSearchParams({
      token: data['token'] ?? '',
      kid,
      key: JSON.stringify({ kty, crv, x, y }),
      proof: `${signed}.${signature.toString('base64url')}`,
      ...(data['target'] === undefined ? {} : { rt: data['target'] }),
    });
    change?.(form);
    return browser.send(url, {
      method: 'POST',
      headers: {
        accept: '*/*',
        'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
        'sec-fetch-mode': 'cors',
        'sec-fetch-dest': 'empty',
        'sec-fetch-site': 'same-origin',
      },
      body: form.toString(),
    });
  };

  return {
    browser,
    kid,
    run,
    register: async () => {
      const asked = await browser.open(world.url('auth', '/.postern/browser/confirm'));
      await browser.submit(asked, { login: 'ada', code: otpCode });
      return run(await browser.open(world.url('auth', '/.postern/device')));
    },
    open: async (url) => {
      const page = await browser.open(url);
      if (keyData(page)?.['mode'] !== 'prove') return page;
      const proved = await run(page);
      return proved.status === 200 ? browser.open(String(JSON.parse(proved.body).next)) : proved;
    },
  };
}

/** Makes a route of the world ask for a registered browser. */
export function askForBrowser(yaml: string, maxAge = '5m'): string {
  const auth = `auth: { methods: [registered_browser], max_age: ${maxAge} }`;
  return yaml
    .replace('{ id: everyone, domains: [corp.example] }', `{ id: everyone, domains: [corp.example], ${auth} }`)
    .replace('{ id: engineering, groups: [engineering] }', `{ id: engineering, groups: [engineering], ${auth} }`);
}
