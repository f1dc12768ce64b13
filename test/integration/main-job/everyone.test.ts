import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startWorld, type World } from '../../support/world.ts';

describe('who may open what', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.close());

  test.each([
    ['ada', 'wiki', 200],
    ['ada', 'dashboard', 200],
    ['ada', 'payroll', 200],
    ['ada', 'console', 403],
    ['lin', 'wiki', 200],
    ['lin', 'dashboard', 200],
    ['lin', 'payroll', 403],
    ['lin', 'console', 403],
    ['kim', 'wiki', 403],
    ['kim', 'dashboard', 403],
    ['kim', 'payroll', 403],
  ])('%s opens %s: %d', async (person, host, status) => {
    const page = await world.signIn(world.browser(), world.url(host), person);
    expect(page.url).toBe(world.url(host));
    expect(page.status).toBe(status);
  });

  test('a denial says why, names the app and its owner, and its decision is found by its id', async () => {
    const page = await world.signIn(world.browser(), world.url('payroll', '/payslips'), 'lin');
    const id = String(page.headers['postern-decision-id']);
    expect(page.body).toContain('Payroll');
    expect(page.body).toContain('payroll-owners@corp.example');
    expect(page.body).toContain(id);
    const found = await world.admin(`/api/v1/decisions/${id}`);
    expect(found.status).toBe(200);
    expect(JSON.parse(found.body).event).toMatchObject({ reason: 'not_in_required_group', route: 'payroll' });
  });

  test('nobody is asked for a second factor where the answer would be no anyway', async () => {
    const browser = world.browser();
    await world.signIn(browser, world.url('wiki'), 'lin');
    const asked = world.provider.requests.length;
    const page = await browser.open(world.url('payroll'));
    expect(page.status).toBe(403);
    expect(world.provider.requests.length).toBe(asked);
  });

  test('a public route needs no sign-in, and identity headers of the client are removed', async () => {
    const answer = await world.browser().send(world.url('public', '/about'), {
      headers: { 'x-postern-user': 'ada', 'x-postern-assertion': 'forged', 'x-postern-groups': 'finance' },
    });
    expect(answer.status).toBe(200);
    const { headers } = JSON.parse(answer.body);
    expect(Object.keys(headers).filter((name) => name.startsWith('x-postern'))).toEqual([]);
  });

  test('the plain listener of the demo serves the same people', async () => {
    const page = await world.signIn(world.browser(), world.plainUrl('wiki', '/a?b=c'), 'lin');
    expect(page.url).toBe(world.plainUrl('wiki', '/a?b=c'));
    expect(page.status).toBe(200);
  });
});
