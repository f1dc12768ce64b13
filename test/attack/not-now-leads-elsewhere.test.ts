import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpBrowser } from '../support/http-browser.ts';
import { openStage, pageOf } from '../support/identity-stage.ts';
import { startWorld, type World } from '../support/world.ts';

describe('a browser is told where to come from', () => {
  let world: World;
  let browser: HttpBrowser;
  beforeAll(async () => {
    world = await startWorld({
      routes: `  - name: part
    from: https://other.localhost:TLS_PORT
    prefix: /part
    to: ["APP"]
    tls_upstream_server_name: app.internal
    tls_custom_ca_file: CA_FILE
    allow: [{ id: editors, domains: [corp.example], auth: { methods: [otp], max_age: 15m } }]`,
      edit: (yaml) =>
        yaml.replace(
          'allow: [{ id: everyone, domains: [corp.example] }]',
          `allow:
      - { id: readers, domains: [corp.example], paths: [/reading/**] }
      - { id: editors, domains: [corp.example], paths: [/editing/**, /publishing/**], auth: { methods: [otp], max_age: 15m } }`,
        ),
    });
    browser = world.browser();
    await world.signIn(browser, world.url('wiki', '/reading/1'), 'ada', 'password');
  });
  afterAll(() => world?.close());

  /** Where "Not now" leads after a link was pressed on the page that the browser names. */
  async function notNow(referer: string | undefined, url = world.url('wiki', '/editing/1')): Promise<string> {
    const headers = referer === undefined ? {} : { referer };
    const asked = await browser.send(url, { headers });
    expect(asked.status).toBe(302);
    const page = await browser.send(String(asked.headers.location));
    const [, target = ''] = /<a class="button second" href="([^"]*)">Not now<\/a>/.exec(page.body) ?? [];
    return target.replaceAll('&amp;', '&');
  }

  test('“Not now” leads back to it where it is a page of the same app that opens', async () => {
    expect(await notNow(world.url('wiki', '/reading/1?line=2'))).toBe(world.url('wiki', '/reading/1?line=2'));
    expect((await browser.send(await notNow(world.url('wiki', '/reading/1')))).status).toBe(200);
  });

  test.each<[string, (here: World) => string | undefined]>([
    ['nothing', () => undefined],
    ['another website', () => 'https://evil.example/reading/1'],
    [
      'a name that begins like the app’s',
      (here) => `${here.url('wiki', '').replace(/\/$/, '')}.evil.example/reading/1`,
    ],
    ['a person at the app’s address', (here) => `${new URL(here.url('wiki')).origin}@evil.example/reading/1`],
    ['another app', (here) => here.url('dashboard', '/reading/1')],
    ['the app on another port', () => 'https://wiki.localhost:1/reading/1'],
    ['the app without encryption', (here) => here.plainUrl('wiki', '/reading/1')],
    ['a path that two programs read differently', (here) => here.url('wiki', '/reading//evil.example')],
    ['a path that climbs', (here) => here.url('wiki', '/reading/%2e%2e/editing/1')],
    ['what asks for the proof itself', (here) => here.url('wiki', '/editing/1')],
    ['another page that asks for the proof', (here) => here.url('wiki', '/publishing/1')],
    ['a page that is closed', (here) => here.url('wiki', '/secret')],
    ['a page of ours', (here) => here.url('wiki', '/.postern/session')],
    ['the sign-in host', (here) => here.url('auth', '/.postern/sign-out')],
    ['an endless address', (here) => here.url('wiki', `/reading/${'a'.repeat(2_000)}`)],
  ])('“Not now” leads to the portal where the browser names %s', async (_what, referer) => {
    const url = new URL(await notNow(referer(world)));
    expect([url.origin, url.pathname, [...url.searchParams.keys()]]).toEqual([
      new URL(world.url('auth')).origin,
      '/',
      ['later'],
    ]);
    const portal = await browser.send(url.href);
    expect(portal.status).toBe(200);
    expect(portal.body).toContain('stays closed until you confirm that it’s you');
  });

  test('“Not now” leads to the portal where the app has no page that the browser names', async () => {
    await browser.open(world.url('other', '/part'));
    const url = await notNow(world.url('other', '/elsewhere'), world.url('other', '/part'));
    expect(url).toMatch(/^https:\/\/auth\.localhost:\d+\/\?later=/);
  });

  test.each([
    '//evil.example',
    'https://evil.example',
    encodeURIComponent('//evil.example'),
    'javascript:alert(1)',
    'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  ])('a made-up name of a proof, %s, tells and links nothing at the portal', async (later) => {
    const { body } = await browser.send(world.url('auth', `/?later=${later}`));
    expect(body).not.toContain('stays closed until');
    expect(body).not.toContain('evil.example');
  });
});

describe('a record that is not as it was written', () => {
  test.each(['@evil.example/', '.evil.example/', ':1@evil.example/', 'reading'])(
    'has no page to go back to where it names %s',
    async (cameFrom) => {
      const stage = await openStage();
      try {
        const browser = stage.newBrowser();
        await stage.signIn(browser);
        const need = { methods: ['otp'] as const, maxAgeMs: undefined, notBeforeMs: undefined };
        stage.judge.answer = ({ path }) =>
          path === '/editing'
            ? { outcome: 'step_up', reason: 'step_up_required', need, trace: [] }
            : { outcome: 'allow', reason: 'granted', grant: undefined, trace: [] };
        const rt = await stage.sessions.saveReturnTarget({
          host: 'wiki.corp.example',
          origin: 'https://wiki.corp.example',
          path: '/editing',
          attemptHash: 'x',
          cameFrom,
        });
        const { page } = pageOf(await browser.go(`${stage.authOrigin}/.postern/step-up?rt=${rt}`));
        expect(page).toMatchObject({ kind: 'step_up', notNowUrl: `${stage.authOrigin}/?later=${rt}` });
      } finally {
        await stage.close();
      }
    },
  );
});
