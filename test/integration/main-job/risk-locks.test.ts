import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { clientKinds } from '../../support/client-kinds.ts';
import type { HttpBrowser } from '../../support/http-browser.ts';
import { openWebSocket } from '../../support/live-connections.ts';
import { startWorld } from '../../support/world.ts';

describe('risk, where the configuration says lock,', () => {
  test('locks the person for its time: their sessions end, what is open closes, nobody else is touched', async () => {
    const risky = await startWorld({
      extra: 'risk: { levels: { medium: 40, high: 70 }, high: lock, lock_for: 1h }',
      session: '{ expiration: 12h, inactivity: 12h, recheck: 1h }',
    });
    try {
      const [lin, elsewhere, ada] = [risky.browser(), risky.browser(), risky.browser()];
      for (const browser of [lin, elsewhere]) await risky.signIn(browser, risky.url('dashboard'), 'lin');
      await risky.signIn(ada, risky.url('dashboard'), 'ada');
      const live = await openWebSocket(risky, lin, risky.url('dashboard'));
      expect(await live.next()).toBe('hello');
      const body = { score: 90, seconds: 600, source: 'edr', reason: 'malware was found' };
      await risky.admin('/api/v1/people/lin@corp.example/risk', { method: 'PUT', body });
      expect([3000, 3003]).toContain(await live.closed);
      const askOf = async (browser: HttpBrowser) =>
        (await browser.send(risky.url('dashboard'), { headers: clientKinds.script })).status;
      expect([await askOf(lin), await askOf(elsewhere), await askOf(ada)]).toEqual([401, 401, 200]);
      const { locks } = JSON.parse((await risky.admin('/api/v1/locks')).body);
      expect(locks).toMatchObject([{ kind: 'person', subject: 'lin', set_by: 'risk', expires_at: expect.any(String) }]);
      const page = await risky.signIn(risky.browser(), risky.url('dashboard'), 'lin');
      expect([page.status, page.body]).toEqual([403, expect.stringContaining('The pause ends: ')]);
      const lines = readdirSync(`${risky.folder}/audit`).flatMap((name) =>
        readFileSync(`${risky.folder}/audit/${name}`, 'utf8').split('\n').slice(0, -1),
      );
      expect(lines.filter((line) => line.includes('"lock_set"') && line.includes('"by":"risk"'))).toHaveLength(1);
    } finally {
      await risky.close();
    }
  });
});
