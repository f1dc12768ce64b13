import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openStage, pageOf, type Stage } from '../../support/identity-stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

describe('the single sign-on session', () => {
  test('is one cookie with every protection, and only after a sign-in', async () => {
    const browser = stage.newBrowser();
    const begun = await browser.go(`${stage.authOrigin}/.postern/login`);
    expect(begun.setCookies.filter((line) => line.startsWith('__Host-postern-sso='))).toEqual([]);
    const callback = await stage.answerProvider(browser, begun.headers.location ?? '', { login: 'ada' });
    const [cookie] = (await browser.go(callback)).setCookies.filter((line) => line.startsWith('__Host-postern-sso='));
    expect(cookie).toMatch(/; Path=\/;.*; HttpOnly; Secure; SameSite=Lax$/);
    expect(cookie).not.toMatch(/domain/i);
  });

  test('with its store away is a 503 that says so, never somebody who is not signed in', async () => {
    const browser = stage.newBrowser();
    await stage.signIn(browser);
    stage.outage.isAway = true;
    for (const path of ['/', '/.postern/login', '/.postern/step-up', '/.postern/sign-out', '/.postern/api/apps']) {
      const answer = await browser.go(stage.authOrigin + path);
      expect([path, answer.status]).toEqual([path, 503]);
      expect(pageOf(answer).page).toMatchObject({ reason: 'state_unavailable' });
      expect(answer.setCookies).toEqual([]);
    }
    expect(stage.metricCalls).toContain('failedClosed state');
    stage.outage.isAway = false;
    expect((await browser.go(`${stage.authOrigin}/`)).status).toBe(200);
  });

  test('survives a store that fails once', async () => {
    const browser = stage.newBrowser();
    await stage.signIn(browser);
    stage.outage.failingReads = 1;
    expect((await browser.go(`${stage.authOrigin}/`)).status).toBe(503);
    stage.outage.failingReads = 0;
    expect((await browser.go(`${stage.authOrigin}/`)).status).toBe(200);
  });

  test('whose library was told that its store is gone is a 503 too', async () => {
    const browser = stage.newBrowser();
    await stage.signIn(browser);
    stage.singleSignOnStore.emit('disconnect');
    expect((await browser.go(`${stage.authOrigin}/`)).status).toBe(503);
    stage.singleSignOnStore.emit('connect');
    expect((await browser.go(`${stage.authOrigin}/`)).status).toBe(200);
  });

  test('is not brought back by a request that was under way during the sign-out', async () => {
    const browser = stage.newBrowser();
    await stage.signIn(browser);
    const slow = browser.fork();
    const url = await stage.begin(slow, `/.postern/login/corp`).catch(() => undefined);
    expect(url).toBeDefined();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let reached: () => void = () => undefined;
    const isReached = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const decide = stage.judge.decide;
    Object.assign(stage.judge, {
      decide: async (question: Parameters<typeof decide>[0]) => {
        reached();
        await held;
        return decide(question);
      },
    });
    const pending = slow.go(`${stage.authOrigin}/`);
    await isReached;
    const { page } = pageOf(await browser.go(`${stage.authOrigin}/.postern/sign-out`));
    if (page.kind !== 'sign_out_confirm') throw new Error(page.kind);
    await browser.go(`${stage.authOrigin}/.postern/sign-out`, { method: 'POST', body: `token=${page.signOutToken}` });
    release();
    await pending;
    expect((await slow.go(`${stage.authOrigin}/`)).headers.location).toBe(`${stage.authOrigin}/.postern/login`);
    expect(await stage.store.list('single_sign_on')).toEqual([]);
  });

  test('holds nothing but the id of its session record', async () => {
    const browser = stage.newBrowser();
    await stage.signIn(browser);
    const [record] = await stage.store.list('single_sign_on');
    const [session] = await stage.live();
    const { cookie, ...kept } = JSON.parse(record?.value ?? '{}');
    expect(cookie).toBeDefined();
    expect(kept).toEqual({ sessionId: session?.id });
  });

  test("is refused where another middleware's session came first", async () => {
    const host = createServer((request, response) => {
      Object.assign(request, { session: { sessionId: 'ses_of_somebody' } });
      stage.app(request, response);
    });
    await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
    const { port } = host.address() as AddressInfo;
    const answer = await stage.newBrowser().go(`http://auth.localhost:${port}/`);
    host.close();
    expect(answer.status).toBe(503);
    expect(stage.logLines.join('\n')).toContain('mounted before any other session middleware');
  });

  test('is refused where browsers would drop its cookie without a word', async () => {
    stage.switches.origin = 'http://auth.corp.example';
    const answer = await stage.newBrowser().go(`${stage.authOrigin}/.postern/login`);
    expect(answer.status).toBe(503);
    expect(answer.setCookies).toEqual([]);
    expect(stage.logLines.join('\n')).toContain('Serve it over TLS');
  });

  test('believes no header about TLS', async () => {
    stage.switches.origin = 'http://auth.corp.example';
    const headers = { 'x-forwarded-proto': 'https', forwarded: 'proto=https' };
    expect((await stage.newBrowser().go(`${stage.authOrigin}/`, { headers })).status).toBe(503);
  });
});
