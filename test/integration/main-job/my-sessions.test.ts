import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { clientKinds } from '../../support/client-kinds.ts';
import type { Answer, HttpBrowser } from '../../support/http-browser.ts';
import { openWebSocket } from '../../support/live-connections.ts';
import { type ShiftedClock, shiftClock } from '../../support/shifted-clock.ts';
import { startWorld, type World } from '../../support/world.ts';

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

let clock: ShiftedClock;
let world: World;
beforeAll(async () => {
  clock = shiftClock();
  world = await startWorld({ clock });
});
afterAll(() => world?.close());

async function signedIn(person = 'ada', userAgent?: string): Promise<HttpBrowser> {
  const browser = world.browser();
  if (userAgent !== undefined) browser.always['user-agent'] = userAgent;
  await world.signIn(browser, world.url('dashboard'), person);
  return browser;
}

const mySessions = (browser: HttpBrowser): Promise<Answer> => browser.open(world.url('auth', '/.postern/sessions'));
const countOf = (page: Answer): number => page.body.match(/id="ses_/g)?.length ?? 0;
const othersOf = (page: Answer): string[] =>
  [...page.body.matchAll(/name="session" value="(ses_\w+)"/g)].map(([, id]) => id ?? '');
const isSignedIn = async (browser: HttpBrowser): Promise<boolean> =>
  (await browser.send(world.url('dashboard'))).status === 200;

/** What is recorded of a kind of event. */
function audited(type: string): Record<string, unknown>[] {
  const folder = join(world.folder, 'audit');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.jsonl'))
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n').slice(0, -1))
    .map((line) => JSON.parse(line))
    .map((line) => line.event ?? line)
    .filter((event) => event.type === type);
}

/** Ends whatever sessions a test before has left. */
async function endAll(): Promise<void> {
  const { sessions } = JSON.parse((await world.admin('/api/v1/sessions')).body);
  for (const { id } of sessions) await world.admin(`/api/v1/sessions/${id}`, { method: 'DELETE' });
  clock.advance(2_000);
}

describe('the page of a person’s sessions', () => {
  test('shows their own, this browser first, and nobody else’s', async () => {
    await signedIn('lin');
    const laptop = await signedIn('ada', firefox);
    await signedIn('ada');
    const page = await mySessions(laptop);
    expect(page.status).toBe(200);
    expect(countOf(page)).toBe(2);
    expect(page.body.indexOf('Firefox on Linux')).toBeLessThan(page.body.indexOf('A browser'));
    expect(page.body.match(/This browser/g)).toHaveLength(1);
    expect(page.body).toContain('Signed in from <bdi>127.0.0.1</bdi>');
    expect(page.body).toMatch(/Confirmed with: password/);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    const portal = await laptop.open(world.url('auth'));
    expect(portal.body).toContain(`href="${world.url('auth', '/.postern/sessions')}"`);
  });

  test('sends somebody who is not signed in to sign in, and a script gets a problem', async () => {
    const nobody = world.browser();
    const answer = await nobody.send(world.url('auth', '/.postern/sessions'));
    expect([answer.status, answer.headers.location]).toEqual([303, world.url('auth', '/.postern/login')]);
    const script = await nobody.send(world.url('auth', '/.postern/sessions'), { headers: clientKinds.script });
    expect([script.status, JSON.parse(script.body).code]).toEqual([401, 'login_required']);
  });

  test('shows a number in its notice, and nothing else that a link brings', async () => {
    const browser = await signedIn('ada');
    const notice = async (query: string) =>
      /role="status"[^>]*>([^<]*)/.exec(
        (await browser.open(world.url('auth', `/.postern/sessions?${query}`))).body,
      )?.[1];
    expect(await notice('ended=1')).toBe('1 session has ended.');
    expect(await notice('ended=12')).toBe('12 sessions have ended.');
    expect(await notice('ended=%3Cb%3E1')).toBeUndefined();
    expect(await notice('disowned=1')).toBeUndefined();
  });
});

describe('End', () => {
  test('ends one other session with the WebSocket that it has open, and says so', async () => {
    await endAll();
    const [here, there] = [await signedIn(), await signedIn()];
    const live = await openWebSocket(world, there, world.url('dashboard', '/live'));
    expect(await live.next()).toBe('hello');
    const done = await here.submit(await mySessions(here), {}, '/sessions/end');
    expect(done.url).toBe(world.url('auth', '/.postern/sessions?ended=1'));
    expect(done.body).toContain('1 session has ended.');
    expect(countOf(done)).toBe(1);
    expect(await live.closed).toBeGreaterThanOrEqual(1000);
    expect(await isSignedIn(there)).toBe(false);
    expect(await isSignedIn(here)).toBe(true);
    expect(audited('session_ended').at(-1)).toMatchObject({ detail: { cause: 'ended_by_person' } });
  });

  test('is no revocation: the provider may sign that browser in again without asking', async () => {
    await endAll();
    const [here, there] = [await signedIn(), await signedIn()];
    await here.submit(await mySessions(here), {}, '/sessions/end');
    expect((await there.open(world.url('dashboard'))).url).toBe(world.url('dashboard'));
  });

  test('of all others leaves this browser and other people alone', async () => {
    await endAll();
    const [here, other, third, lin] = [await signedIn(), await signedIn(), await signedIn(), await signedIn('lin')];
    const done = await here.submit(await mySessions(here), {}, '/sessions/end-others');
    expect(done.body).toContain('2 sessions have ended.');
    expect(done.body).toContain('You are not signed in anywhere else.');
    const all = await Promise.all([here, other, third, lin].map(isSignedIn));
    expect(all).toEqual([true, false, false, true]);
  });

  test('of a session that is over says that nothing was left to end', async () => {
    await endAll();
    const [here] = [await signedIn(), await signedIn()];
    const page = await mySessions(here);
    await here.submit(page, {}, '/sessions/end');
    expect((await here.submit(page, {}, '/sessions/end')).url).toBe(world.url('auth', '/.postern/sessions?ended=0'));
  });
});

describe('“This wasn’t me”', () => {
  test('asks first, and changes nothing before the answer', async () => {
    await endAll();
    const [here, there] = [await signedIn(), await signedIn()];
    const [id] = othersOf(await mySessions(here));
    const question = await here.open(world.url('auth', `/.postern/sessions/not-me?session=${id}`));
    expect(question.body).toContain('Was this session not you?');
    expect(await isSignedIn(there)).toBe(true);
  });

  test('ends it, asks the next sign-in for a new proof, tells what to do, and leaves other people alone', async () => {
    await endAll();
    const [here, there, lin] = [await signedIn(), await signedIn(), await signedIn('lin')];
    const live = await openWebSocket(world, there, world.url('dashboard', '/live'));
    const [id] = othersOf(await mySessions(here));
    clock.advance(1_000);
    const question = await here.open(world.url('auth', `/.postern/sessions/not-me?session=${id}`));
    const done = await here.submit(question, {}, '/sessions/not-me');
    expect(done.body).toContain('That session has ended, and its apps are closed');
    expect(done.body).toContain('Change your password now');
    expect(countOf(done)).toBe(1);
    expect(await live.closed).toBeGreaterThanOrEqual(1000);

    const again = await there.open(world.url('dashboard'));
    expect(again.url.startsWith(world.provider.issuer)).toBe(true);
    expect(await isSignedIn(lin)).toBe(true);
    const linAnew = world.browser();
    expect((await world.signIn(linAnew, world.url('dashboard'), 'lin')).url).toBe(world.url('dashboard'));
    expect(audited('session_disowned').at(-1)).toMatchObject({
      session_id: id,
      subject: { email: 'ada@corp.example' },
      detail: { cause: 'disowned' },
    });
  });

  test('raises the risk of what is left until a step-up, with which the person goes on', async () => {
    await endAll();
    const [here] = [await signedIn(), await signedIn()];
    expect(await isSignedIn(here)).toBe(true);
    const [id] = othersOf(await mySessions(here));
    const question = await here.open(world.url('auth', `/.postern/sessions/not-me?session=${id}`));
    await here.submit(question, {}, '/sessions/not-me');
    const script = await here.send(world.url('dashboard'), { headers: clientKinds.script });
    expect([script.status, JSON.parse(script.body).code]).toEqual([401, 'reauth_required']);
    clock.advance(2_000);
    const after = await world.signIn(here, world.url('dashboard', '/after'), 'ada');
    expect([after.status, after.url]).toEqual([200, world.url('dashboard', '/after')]);
    expect(await isSignedIn(here)).toBe(true);
  });
});
