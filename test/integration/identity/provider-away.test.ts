import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openStage, pageOf, providerSettings, type Stage, ticketOf } from '../../support/identity-stage.ts';
import { startProvider, type TestProvider } from '../../support/oidc-provider.ts';

let stage: Stage;
let partner: TestProvider;

beforeEach(async () => {
  stage = await openStage();
  partner = await startProvider({ people: [], redirectUris: () => [], postLogoutRedirectUris: () => [] });
});

afterEach(async () => {
  await stage.close();
  await partner.close();
});

/** Makes the second provider one of the configuration, known and answering. */
async function addPartner(): Promise<void> {
  stage.switches.providers = [...stage.switches.providers, providerSettings('partner', partner)];
  stage.app.warmUp(stage.deps.snapshot());
  await stage.lookUntil('providerSeen partner true');
}

async function takeAway(): Promise<void> {
  await stage.begin(stage.newBrowser());
  stage.provider.misbehaviour.isDead = true;
  await stage.lookUntil('providerSeen corp false');
}

const login = (suffix = '') => `${stage.authOrigin}/.postern/login${suffix}`;

describe('a provider that was found away', () => {
  test('is a page with the app, and no redirect to a host that does not answer', async () => {
    await takeAway();
    const target = await stage.returnTarget();
    const asked = stage.provider.requests.length;
    const answer = await stage.newBrowser().go(login(`?rt=${target}`));
    expect(answer.status).toBe(503);
    expect(answer.headers.location).toBeUndefined();
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(answer.headers['proxy-status']).toContain('details="idp_unavailable"');
    expect(answer.setCookies).toEqual([]);
    expect(pageOf(answer)).toMatchObject({
      page: {
        kind: 'provider_away',
        app: { name: 'wiki', owner: 'owner@corp.example' },
        providerTitle: 'corp account',
        retryUrl: `/.postern/login?rt=${target}`,
        anywayUrl: `/.postern/login?rt=${target}&anyway=1`,
        others: [],
      },
      context: { decisionId: expect.stringMatching(/^dec_/) },
    });
    // Nobody is asked on a request.
    expect(stage.provider.requests).toHaveLength(asked);
  });

  test('is gone to all the same by somebody who reaches it where this machine does not', async () => {
    await takeAway();
    const answer = await stage.newBrowser().go(login('?anyway=1'));
    expect(answer.headers.location).toContain(`${stage.provider.issuer}/auth?`);
  });

  test('is a problem with its reason, its decision and a time to come back for a client without pages', async () => {
    await takeAway();
    const answer = await stage
      .newBrowser()
      .go(login(), { headers: { accept: 'application/json', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' } });
    expect(answer.status).toBe(503);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(JSON.parse(answer.body)).toMatchObject({
      code: 'idp_unavailable',
      decision_id: answer.headers['postern-decision-id'],
    });
  });

  test('is back by itself, for the very next sign-in', async () => {
    await takeAway();
    stage.provider.misbehaviour.isDead = false;
    await stage.lookUntil('providerSeen corp true');
    const answer = await stage.signIn(stage.newBrowser(), 'ada', await stage.returnTarget());
    expect(ticketOf(answer)).toBeTruthy();
  });

  test('takes nothing from who is signed in, and is not gone to at their sign-out', async () => {
    const browser = stage.newBrowser();
    await stage.signIn(browser);
    await takeAway();
    ticketOf(await browser.go(login(`?rt=${await stage.returnTarget()}`)));
    const form = await browser.go(`${stage.authOrigin}/.postern/sign-out`);
    const { page } = pageOf(form);
    if (page.kind !== 'sign_out_confirm') throw new Error(`It is a page of another kind: ${page.kind}`);
    const answer = await browser.go(`${stage.authOrigin}/.postern/sign-out`, {
      method: 'POST',
      headers: { origin: stage.authOrigin, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ token: page.signOutToken }).toString(),
    });
    expect(answer.headers.refresh).toBeUndefined();
    expect(answer.headers.location).toBe(`${stage.authOrigin}/.postern/signed-out`);
    const end = await browser.go(`${stage.authOrigin}/.postern/signed-out`);
    expect(pageOf(end).page).toMatchObject({ kind: 'signed_out', providerTitle: 'corp account' });
  });

  test('is marked in the choice and stands last, and its page offers the others', async () => {
    await addPartner();
    await takeAwayOfTwo();
    const choice = await stage.newBrowser().go(login());
    expect(choice.status).toBe(200);
    expect(pageOf(choice).page).toMatchObject({
      kind: 'sign_in_choice',
      providers: [
        { title: 'partner account', isAway: false },
        { title: 'corp account', isAway: true },
      ],
    });
    const answer = await stage.newBrowser().go(login('/corp'));
    expect(answer.status).toBe(503);
    expect(pageOf(answer).page).toMatchObject({
      retryUrl: '/.postern/login/corp',
      others: [{ title: 'partner account', url: '/.postern/login/partner' }],
    });
    expect((await stage.newBrowser().go(login('/partner'))).headers.location).toContain(partner.issuer);
  });

  test('is the whole of sign-in where all are away', async () => {
    await addPartner();
    await takeAwayOfTwo();
    partner.misbehaviour.isDead = true;
    await stage.lookUntil('providerSeen partner false');
    const answer = await stage.newBrowser().go(login());
    expect(answer.status).toBe(503);
    expect(answer.headers['proxy-status']).toContain('idp_unavailable');
    expect(pageOf(answer).page.kind).toBe('sign_in_choice');
  });
});

/** As `takeAway`, where the choice comes before the provider. */
async function takeAwayOfTwo(): Promise<void> {
  await stage.begin(stage.newBrowser(), '/.postern/login/corp');
  stage.provider.misbehaviour.isDead = true;
  await stage.lookUntil('providerSeen corp false');
}
