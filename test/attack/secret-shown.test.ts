import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { signOut } from '../support/attack-sign-in.ts';
import { type Answer, createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts';
import { startWorld, type World } from '../support/world.ts';

const query = 'token=QUERYSECRETQUERYSECRET';
const appToken = 'APPTOKENOFTHEROUTEAPPTOKENOFTHEROUTE';
const foreign = 'Bearer APPSECRETAPPSECRETAPPSECRET';

describe('what must stay secret', () => {
  let world: World;
  /** By what it is, each value that no text may hold. */
  const secrets = new Map<string, string>();
  const answers: Answer[] = [];

  /** A browser that keeps each answer, and each cookie as a secret. */
  function watched(browser: HttpBrowser): HttpBrowser {
    const send: HttpBrowser['send'] = async (url, options) => {
      const answer = await browser.send(url, options);
      if (!url.startsWith(world.provider.issuer)) answers.push(answer);
      for (const line of answer.headers['set-cookie'] ?? []) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (name?.startsWith('__Host-postern') && value !== undefined && value.length > 10)
          secrets.set(`cookie ${name} ${secrets.size}`, value);
      }
      for (const parameter of ['ticket', 'code', 'code_verifier', 'id_token_hint']) {
        const value = URL.canParse(url) ? new URL(url).searchParams.get(parameter) : null;
        if (value !== null && value.length > 10) secrets.set(`${parameter} ${secrets.size}`, value);
      }
      return answer;
    };
    const open: HttpBrowser['open'] = async (url, options) => {
      let answer = await send(url, options);
      while (answer.status >= 301 && answer.status <= 303)
        answer = await send(new URL(answer.headers.location ?? '/', answer.url).href);
      return answer;
    };
    return { ...browser, send, open };
  }

  let outside = '';

  beforeAll(async () => {
    outside = mkdtempSync(join(tmpdir(), 'postern-app-token-'));
    writeFileSync(join(outside, 'app-token'), appToken);
    world = await startWorld({
      edit: (yaml) =>
        yaml.replace(
          '    title: Wiki\n',
          `    title: Wiki\n    set_request_headers: { X-App-Credential: "\${file:${join(outside, 'app-token')}}" }\n`,
        ),
    });
    secrets.set('the credential for an app', appToken);
    const browser = watched(world.browser());
    const options = { headers: { authorization: foreign } };
    await world.signIn(browser, world.url('wiki', `/?${query}`), 'ada');
    await world.signIn(browser, world.url('payroll', `/?${query}`), 'ada');
    await browser.open(world.url('dashboard'), options);
    await browser.open(world.url('console', `/?${query}`));
    for (const path of [
      '/',
      '/.postern/device',
      '/.postern/api/apps',
      '/.postern/sign-out',
      '/.postern/nothing',
      `/.postern/callback?code=CALLBACKSECRETCODE&state=STATESECRETSTATE`,
    ]) {
      await browser.open(world.url('auth', path));
    }
    secrets.set('a callback’s code', 'CALLBACKSECRETCODE');
    secrets.set('a query string', 'QUERYSECRETQUERYSECRET');
    secrets.set('an app’s own token', 'APPSECRETAPPSECRETAPPSECRET');
    secrets.set('the admin token', world.adminToken);
    secrets.set('the state key', 'a-state-key-of-more-than-thirty-two-characters');
    secrets.set('the client secret', world.provider.clientSecret);
    for (const [host, path] of [
      ['wiki', '/.postern/session'],
      ['wiki', '/.postern/jwks.json'],
      ['wiki', '/a/../b'],
      ['wiki', `/.postern/accept?ticket=${'T'.repeat(43)}`],
    ] as const) {
      await browser.open(world.url(host, path));
    }
    for (const code of [
      '/api/v1/sessions',
      '/api/v1/devices/ada-laptop/facts',
      '/api/v1/audit/key',
      '/api/v1/sessions/ses_nobody',
      '/api/v1/status',
      '/api/v1/configurations',
      '/api/v1/routes',
      '/api/v1/routes/wiki/people',
      '/api/v1/devices',
      '/api/v1/people',
      '/api/v1/people/ada@corp.example/access?all=true',
      '/api/v1/people/ada@corp.example/browsers',
      '/api/v1/people/ada@corp.example/risk',
      '/api/v1/locks',
      '/statusz',
      '/readyz',
    ])
      answers.push(await world.admin(code));
    // A file whose errors stand beside the secrets, and one that says more.
    const kept = readFileSync(world.file, 'utf8');
    for (const change of ['titel: Wiki', `title: "\${file:${join(outside, 'app-token')}}"`, 'title: The wiki']) {
      writeFileSync(world.file, kept.replace('title: Wiki', change));
      answers.push(await world.admin('/api/v1/reload', { method: 'POST', body: {} }));
      answers.push(await world.admin('/api/v1/status'));
      answers.push(await world.admin('/api/v1/reload', { method: 'POST', body: { shadow: world.file } }));
    }
    const denied = answers.find((answer) => answer.status === 403)?.headers['postern-decision-id'];
    answers.push(await world.admin(`/api/v1/decisions/${String(denied)}`));
    world.provider.misbehaviour.failsOn = '/token';
    await world.signIn(watched(world.browser()), world.url('wiki'), 'lin');
    world.provider.misbehaviour.failsOn = undefined;
    await signOut(world, browser);
    answers.push(await createHttpBrowser().send(world.adminUrl('/metrics')));
    for (const { headers } of world.app.seen) {
      const assertion = headers['x-postern-assertion'];
      if (typeof assertion === 'string') secrets.set(`assertion ${secrets.size}`, assertion);
    }
    await world.program.close();
  });
  afterAll(async () => {
    await world?.close();
    rmSync(outside, { recursive: true, force: true });
  });

  function expectNoSecret(where: string, text: string, except: (name: string) => boolean = () => false): void {
    const found = [...secrets].filter(
      ([name, value]) => !except(name) && (text.includes(value) || text.includes(encodeURIComponent(value))),
    );
    expect([where, found.map(([name]) => name)]).toEqual([where, []]);
  }

  test('was seen at all: cookies, tickets, codes and assertions', () => {
    const kinds = [...secrets.keys()].map((name) => name.split(' ')[0]);
    for (const kind of ['cookie', 'ticket', 'code', 'assertion']) expect(kinds).toContain(kind);
    expect(world.app.seen.some(({ headers }) => headers['x-app-credential'] === appToken)).toBe(true);
    expect(answers.length).toBeGreaterThan(25);
  });

  test('is in no body', () => {
    for (const { url, body, headers } of answers) {
      const isOfApp = headers['postern-decision-id'] === undefined;
      // A page of ours names the URL to go back to, to the person who asked for it; an app’s answer is its own.
      if (!isOfApp) expectNoSecret(url, body, (name) => name === 'a query string');
    }
  });

  test('is in no header but Set-Cookie and the redirect that needs it', () => {
    for (const { url, headers } of answers) {
      const { 'set-cookie': _cookies, location, ...others } = headers;
      expectNoSecret(url, JSON.stringify(others));
      expectNoSecret(url, location ?? '', (name) => /^(ticket|a query)/.test(name));
    }
  });

  test('is in no log line', () => {
    expect(world.log.length).toBeGreaterThan(5);
    for (const line of world.log) expectNoSecret('log', line);
  });

  test('is in no file on the disk: the audit trail in words, the state in any form', () => {
    const texts: string[] = [];
    const walk = (folder: string): void => {
      for (const name of readdirSync(folder)) {
        const path = join(folder, name);
        if (name === 'certificates' || name === 'postern.yaml') continue;
        if (statSync(path).isDirectory()) walk(path);
        else {
          const bytes = readFileSync(path).toString('latin1');
          texts.push(path);
          expectNoSecret(path, bytes);
          if (path.includes('audit'))
            for (const word of [/id_token/, /client_secret/, /cookie"/i, /"authorization"/i])
              expect(bytes).not.toMatch(word);
          else expect(bytes).not.toMatch(/ada@corp\.example|eyJhbGciOi/);
        }
      }
    };
    walk(world.folder);
    expect(texts.some((path) => path.includes('audit'))).toBe(true);
    expect(texts.some((path) => path.endsWith('state.db'))).toBe(true);
  });
});
