import { describe, expect, test } from '@jest/globals';
import { createLookAtProvider } from '../../../src/identity/look-at-provider.ts';

const corp = { id: 'corp', issuer: 'https://idp.corp.example/realm/' };

/** A look whose calls answer by the status that is set for their URL; 0: nobody answers. */
function openLook(authorizationEndpoint: string | undefined) {
  const statuses = new Map<string, number>();
  const calls: string[] = [];
  const look = createLookAtProvider(corp, authorizationEndpoint, async (url, endpoint, { method }) => {
    calls.push(`${method} ${url} ${endpoint}`);
    const status = statuses.get(url) ?? 200;
    if (status === 0) throw new Error('Nobody answers.');
    return { status, headers: new Headers(), body: Buffer.alloc(0) };
  });
  return { look, calls, statuses };
}

const discovery = 'https://idp.corp.example/realm/.well-known/openid-configuration';
const browsers = 'https://login.corp.example/';

describe('a look at a provider', () => {
  test('asks for its own document, and for nothing more where browsers go to the same host', async () => {
    const { look, calls } = openLook('https://idp.corp.example/authorize');
    await look();
    expect(calls).toEqual([`GET ${discovery} discovery`]);
  });

  test.each([0, 502, 503, 504])('fails for %d', async (status) => {
    const { look, statuses } = openLook(undefined);
    statuses.set(discovery, status);
    await expect(look()).rejects.toMatchObject({ code: 'idp_unavailable' });
  });

  test.each([204, 302, 404, 429, 500])('takes %d for somebody who is there', async (status) => {
    const { look, statuses } = openLook(undefined);
    statuses.set(discovery, status);
    await expect(look()).resolves.toBeUndefined();
  });

  test('asks the host that browsers are sent to where it is another one, and fails when it is gone', async () => {
    const { look, calls, statuses } = openLook('https://login.corp.example/authorize?tenant=1');
    await look();
    expect(calls[1]).toBe(`HEAD ${browsers} authorization`);
    statuses.set(browsers, 0);
    await expect(look()).rejects.toMatchObject({ code: 'idp_unavailable' });
  });

  test('concludes nothing from a host of browsers that this machine never reached', async () => {
    const { look, statuses } = openLook('https://login.corp.example/authorize');
    statuses.set(browsers, 0);
    await expect(look()).resolves.toBeUndefined();
  });

  test('asks nobody by another protocol than the issuer’s, whatever the document says', async () => {
    const { look, calls } = openLook('http://169.254.169.254/latest/');
    await look();
    expect(calls).toHaveLength(1);
  });
});
