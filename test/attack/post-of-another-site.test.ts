import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openSocket, statusesOf } from '../support/attack-socket.ts';
import type { Answer, HttpBrowser } from '../support/http-browser.ts';
import { startWorld, type World } from '../support/world.ts';

const own = 'application/x-www-form-urlencoded';
const fromElsewhere = {
  origin: 'https://idp.example',
  'content-type': own,
  'sec-fetch-site': 'cross-site',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
};
type Headers = Readonly<Record<string, string | undefined>>;

describe('a post of another site', () => {
  let world: World;
  let owner: HttpBrowser;
  beforeAll(async () => {
    world = await startWorld({
      edit: (yaml) =>
        yaml
          .replace('allow: [{ id: everyone', 'cross_site_posts: [/acs]\n    allow: [{ id: everyone')
          .replace('allow: [{ id: engineering', 'cross_site_posts: [/acs]\n    allow: [{ id: engineering'),
    });
    owner = world.browser();
    await world.signIn(owner, world.url('wiki'), 'ada');
    await world.signIn(owner, world.url('dashboard'), 'ada');
  });
  afterAll(() => world?.close());
  beforeEach(() => {
    world.app.seen.length = 0;
  });

  /** As a browser does it: no Lax cookie comes along. */
  const post = (headers: Headers = {}, path = '/acs', body = 'SAMLResponse=abc', host = 'wiki') =>
    world.browser().send(world.url(host, path), { method: 'POST', headers: { ...fromElsewhere, ...headers }, body });

  const sealedIn = ({ body }: Answer) => /name="post" value="([^"]+)"/.exec(body)?.[1];

  const sendOn = (browser: HttpBrowser, sealed: string, headers: Headers = {}, host = 'wiki') =>
    browser.send(world.url(host, '/.postern/send-on'), {
      method: 'POST',
      headers: { ...fromElsewhere, origin: 'null', 'sec-fetch-site': 'same-origin', ...headers },
      body: new URLSearchParams({ post: sealed }).toString(),
    });

  const keptPost = async (host = 'wiki') => {
    const sealed = sealedIn(await post({}, '/acs?a=1', 'SAMLResponse=abc', host));
    if (sealed === undefined) throw new Error('The post was not kept.');
    return sealed;
  };

  test('is asked about, and goes on by the person’s own click alone', async () => {
    const asked = await post();
    expect(asked.status).toBe(401);
    expect(asked.body).toContain('https://idp.example');
    expect(asked.headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(world.app.seen).toEqual([]);
    expect((await sendOn(owner, await keptPost())).status).toBe(200);
    expect(world.app.seen).toHaveLength(1);
    expect(world.app.seen[0]).toMatchObject({
      method: 'POST',
      url: '/acs?a=1',
      body: 'SAMLResponse=abc',
      headers: { origin: 'https://idp.example', 'content-type': own, 'content-length': '16' },
    });
  });

  test.each<[string, Headers]>([
    ['a page of another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['a page of a sibling’s host', { 'sec-fetch-site': 'same-site' }],
    ['an address that was typed', { 'sec-fetch-site': 'none' }],
    ['nobody who says where it comes from', { 'sec-fetch-site': undefined }],
  ])('is not sent on by %s, not even with the owner’s cookies', async (_who, headers) => {
    expect((await sendOn(owner, await keptPost(), headers)).status).toBe(403);
    expect(world.app.seen).toEqual([]);
  });

  test('opens nothing for who is not signed in, and lies in the page again', async () => {
    const answer = await sendOn(world.browser(), await keptPost());
    expect(answer.status).toBe(401);
    expect(answer.body).toContain('You are not signed in.');
    expect(world.app.seen).toEqual([]);
    expect((await sendOn(owner, sealedIn(answer) ?? '')).status).toBe(200);
  });

  test('is judged like any other: who may not open the app, may not send it on', async () => {
    const kim = world.browser();
    await world.signIn(kim, world.url('wiki'), 'kim');
    expect((await sendOn(kim, await keptPost())).status).toBe(403);
    expect(world.app.seen).toEqual([]);
  });

  test('of one app goes to no other', async () => {
    expect((await sendOn(owner, await keptPost(), {}, 'dashboard')).status).toBe(400);
    expect((await sendOn(owner, await keptPost(), {}, 'auth')).status).toBe(404);
    expect(world.app.seen).toEqual([]);
  });

  test.each([
    ['nothing', ''],
    ['something else', 'QUJD'],
    ['a post that was altered', 'altered'],
  ])('cannot be forged: %s', async (_what, text) => {
    const kept = await keptPost();
    const sealed = text === 'altered' ? `${kept.slice(0, -8)}AAAAAAAA` : text;
    expect((await sendOn(owner, sealed)).status).toBe(400);
    expect(world.app.seen).toEqual([]);
  });

  test.each<[string, Headers, string, string]>([
    ['at another path', {}, '/acs/', 'a=1'],
    ['below the path', {}, '/acs/more', 'a=1'],
    ['in another case', {}, '/ACS', 'a=1'],
    ['that is a file', { 'content-type': 'multipart/form-data; boundary=x' }, '/acs', 'a=1'],
    ['that is JSON', { 'content-type': 'text/plain' }, '/acs', '{}'],
    ['by a script', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'empty' }, '/acs', 'a=1'],
    ['in a frame', { 'sec-fetch-dest': 'iframe' }, '/acs', 'a=1'],
    ['that is too large', {}, '/acs', `a=${'x'.repeat(256 * 1024)}`],
    ['of the app’s own pages', { 'sec-fetch-site': 'same-origin', origin: 'OWN' }, '/acs', 'a=1'],
    ['that does not say where it comes from', { origin: undefined }, '/acs', 'a=1'],
  ])('is not kept %s', async (_what, headers, path, body) => {
    const origin = headers['origin'] === 'OWN' ? { origin: new URL(world.url('wiki')).origin } : {};
    const answer = await post({ ...headers, ...origin }, path, body);
    expect([401, 404]).toContain(answer.status);
    expect(sealedIn(answer)).toBeUndefined();
    expect(world.app.seen).toEqual([]);
  });

  test('is not kept at apps that list no path', async () => {
    expect(sealedIn(await post({}, '/acs', 'a=1', 'payroll'))).toBeUndefined();
  });

  test('names nothing that could run: an origin is text', async () => {
    const answer = await post({ origin: 'https://"><script>alert(1)</script>' });
    expect(answer.body).not.toContain('<script>alert');
  });

  test('goes through no other method, and its button is no page', async () => {
    const answer = await owner.send(world.url('wiki', '/.postern/send-on'));
    expect(answer.status).toBe(404);
    expect(world.app.seen).toEqual([]);
  });

  test('is judged by what is configured once all of it is here, however slowly it came', async () => {
    const body = new URLSearchParams({ post: await keptPost('dashboard') }).toString();
    const cookies = [...owner.cookiesOf('dashboard.localhost')].map(([name, value]) => `${name}=${value}`).join('; ');
    const { host } = new URL(world.url('dashboard'));
    const socket = await openSocket(world, 'dashboard');
    const head = ['POST /.postern/send-on HTTP/1.1', `Host: ${host}`, `Cookie: ${cookies}`, `Content-Type: ${own}`];
    head.push(
      'User-Agent: postern-test-browser',
      'Sec-Fetch-Site: same-origin',
      'Sec-Fetch-Mode: navigate',
      'Sec-Fetch-Dest: document',
    );
    head.push(`Content-Length: ${body.length}`, 'Expect: 100-continue', 'Connection: close');
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    const [goOn] = await once(socket, 'data');
    expect(String(goOn)).toContain('100 Continue');
    const engineering = '{ id: engineering, groups: [engineering] }';
    writeFileSync(world.file, world.text.replace(engineering, '{ id: engineering, groups: [nobody] }'));
    try {
      expect((await world.program.reload({ trigger: 'signal' })).outcome).toBe('applied');
      const chunks: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
      socket.write(body);
      await once(socket, 'close');
      expect(statusesOf(Buffer.concat(chunks).toString('latin1'))).toEqual([403]);
      expect(world.app.seen).toEqual([]);
    } finally {
      writeFileSync(world.file, world.text);
      await world.program.reload({ trigger: 'signal' });
    }
  });

  test('is in the trail as what it was, without what was posted', async () => {
    const answer = await sendOn(world.browser(), await keptPost());
    const found = await world.admin(`/api/v1/decisions/${String(answer.headers['postern-decision-id'])}`);
    expect(found.body).toContain('"path":"/acs"');
    expect(found.body + world.log.join('\n')).not.toContain('SAMLResponse');
  });
});
