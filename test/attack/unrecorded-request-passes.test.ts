import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { startWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world?.close());

/** Makes the folder of the audit trail a file: nothing can be written there. */
function breakTrail(): void {
  const folder = join(world.folder, 'audit');
  renameSync(folder, join(world.folder, 'audit-moved'));
  rmSync(folder, { recursive: true, force: true });
  writeFileSync(folder, 'not a folder');
}

async function statusUntil(wanted: number, ask: () => Promise<number>): Promise<number> {
  let status = 0;
  for (let round = 0; round < 100 && status !== wanted; round += 1) {
    status = await ask();
    if (status !== wanted) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return status;
}

describe('when the audit trail cannot be written', () => {
  test('and the configuration says deny, nothing passes: no request, no sign-in, no call of an admin', async () => {
    world = await startWorld({ auditOnFailure: 'deny' });
    const browser = world.browser();
    await world.signIn(browser, world.url('wiki'), 'ada');
    breakTrail();
    // The first failure is only known once something could not be written.
    await world.browser().send(world.url('wiki'));
    expect(await statusUntil(503, async () => (await browser.send(world.url('wiki'))).status)).toBe(503);
    world.app.seen.length = 0;
    const answer = await browser.send(world.url('wiki'));
    expect(answer.body).toContain('audit_unavailable');
    expect((await browser.send(world.url('public'))).status).toBe(503);
    const { body: metrics } = await world.admin('/metrics');
    expect(metrics).toMatch(/^postern_authz_errors_total\{kind="audit"\} [1-9]/m);
    const stranger = world.browser();
    await world.signIn(stranger, world.url('wiki'), 'lin');
    expect(stranger.cookie('auth.localhost', '__Host-postern-sso')).toBeUndefined();
    expect((await world.admin('/api/v1/sessions')).status).toBe(503);
    expect(world.app.seen).toEqual([]);
  });

  test('and the configuration says allow, a no stays a no', async () => {
    world = await startWorld({ auditOnFailure: 'allow' });
    const browser = world.browser();
    await world.signIn(browser, world.url('wiki'), 'ada');
    breakTrail();
    expect((await world.browser().send(world.url('wiki'))).status).toBe(302);
    expect((await browser.send(world.url('console'))).status).toBe(302);
    expect((await browser.send(world.url('wiki'))).status).toBe(200);
  });

  test('whoever makes an app break off does not act without a name', async () => {
    world = await startWorld();
    const browser = world.browser();
    await world.signIn(browser, world.url('wiki'), 'ada');
    world.app.answer = (request) => request.socket.destroy();
    const answer = await browser.send(world.url('wiki', '/delete'), {
      method: 'POST',
      body: 'all=1',
      headers: { origin: new URL(world.url('wiki')).origin, 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
    });
    expect(answer.status).toBe(502);
    const id = String(answer.headers['postern-decision-id']);
    const { event } = JSON.parse((await world.admin(`/api/v1/decisions/${id}`)).body);
    expect(event).toMatchObject({
      type: 'refusal',
      route: 'wiki',
      method: 'POST',
      path: '/delete',
      session_id: expect.stringMatching(/^ses_/),
      subject: { email: 'ada@corp.example' },
    });
  });
});
