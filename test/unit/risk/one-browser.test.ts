import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FetchKind } from '../../../src/http/fetch-kind.ts';
import { cafe, hour, minute, settingsWith, stageSession } from '../../support/judgement-risk.ts';

const safari =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15';
const android = 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36';
const linux = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36';
const coreMedia = 'AppleCoreMedia/1.0.0.23A344 (Macintosh; U; Intel Mac OS X 14_0; en_us)';

const program = settingsWith({
  user_agent_changed: { weight: 40 },
  client_hints_changed: { weight: 40 },
  device_changed: { weight: 40 },
});

describe('what fetches for a browser', () => {
  test.each<[string, string, FetchKind]>([
    [safari, coreMedia, 'media'],
    [safari, coreMedia, 'part'],
    [safari, 'Safari/19618.2.12.11.6 CFNetwork/1568.100.1 Darwin/24.0.0', 'part'],
    [android, 'stagefright/1.2 (Linux;Android 10)', 'media'],
    [android, 'AndroidDownloadManager/13 (Linux; U; Android 13; Pixel 6 Build/TQ3A)', 'part'],
    [linux, 'GStreamer souphttpsrc 1.22.0 libsoup/3.2.2', 'media'],
    [linux, 'VLC/3.0.20 LibVLC/3.0.20', 'media'],
  ])('beside %s raises nothing: %s for a %s', (userAgent, agent, fetch) => {
    const { ask } = stageSession({ settings: program });
    ask({ userAgent, fetch: 'page' });
    expect(ask({ userAgent: agent, fetch }).score).toBe(0);
    expect(ask({ userAgent, fetch: 'page' }).score).toBe(0);
  });

  test.each<[string, string, string, FetchKind | undefined]>([
    ['asks for a page', safari, coreMedia, 'page'],
    ['nobody knows what for', safari, coreMedia, undefined],
    ['is of another system', linux, coreMedia, 'media'],
    ['is of another system', safari, 'stagefright/1.2 (Linux;Android 10)', 'media'],
    ['runs everywhere and asks for no media', linux, 'VLC/3.0.20 LibVLC/3.0.20', 'part'],
    ['only begins like one', safari, 'AppleCoreMediaThief/1.0', 'media'],
    ['is a program of its own', safari, 'curl/8.5.0', 'media'],
    ['is another browser', safari, linux, 'media'],
  ])('is another program where it %s', (_what, userAgent, agent, fetch) => {
    const { ask } = stageSession({ settings: program });
    ask({ userAgent, fetch: 'page' });
    expect(ask({ userAgent: agent, fetch })).toMatchObject({ score: 40, points: [{ signal: 'user_agent_changed' }] });
  });

  test('is not what a session is known by, when it comes first', () => {
    const { ask } = stageSession({ settings: program });
    expect(ask({ userAgent: 'VLC/3.0.20', fetch: 'media' }).score).toBe(0);
    expect(ask({ userAgent: safari, fetch: 'page' }).score).toBe(40);
  });
});

describe('a step-up', () => {
  test('answers what raised it for good, though the browser asks between', () => {
    const { ask, wait, stepUp } = stageSession({ settings: program });
    const other = { userAgent: 'SomePlayer/1.0', fetch: 'media' } as const;
    ask({ userAgent: safari });
    wait(minute);
    expect(ask(other).score).toBe(40);
    ask({ userAgent: safari });
    wait(minute);
    stepUp();
    ask({ userAgent: safari });
    wait(minute);
    expect(ask(other).score).toBe(0);
    wait(48 * hour);
    expect(ask({ userAgent: safari }).score).toBe(0);
    expect(ask(other).score).toBe(0);
  });

  test('answers it in every worker, and after a restart', async () => {
    const { ask, wait, stepUp, worker, store, clock } = stageSession({ settings: program });
    const other = { userAgent: 'SomePlayer/1.0', fetch: 'media' } as const;
    ask({ userAgent: safari });
    wait(minute);
    ask(other);
    ask({ userAgent: safari });
    wait(minute);
    stepUp();
    ask({ userAgent: safari });
    await worker.risk.close();
    const { createWorker, subjectOf } = await import('../../support/judgement-risk.ts');
    const next = createWorker(store, () => clock.nowMs);
    await next.risk.load(subjectOf('ses_1'));
    wait(minute);
    expect(ask(other, next.risk).score).toBe(0);
  });

  test('of the owner lowers nothing for a copy of the cookie in another browser, and the copy raises nothing for the owner', () => {
    const { ask, wait, stepUp, proof } = stageSession({ settings: program });
    const copy = { userAgent: linux, address: cafe, lastProofAtMs: proof.atMs, fetch: 'page' } as const;
    ask({ userAgent: safari });
    wait(minute);
    expect(ask(copy).score).toBe(40);
    expect(ask({ userAgent: safari }).score).toBe(40);
    wait(minute);
    stepUp();
    for (let round = 0; round < 5; round += 1) {
      expect(ask({ userAgent: safari }).score).toBe(0);
      wait(minute);
      expect(ask(copy).score).toBe(40);
      wait(hour);
    }
  });
});

/** What one browser and what fetches for it can send: every value is its own. */
const request = fc.record({
  userAgent: fc.constantFrom(safari, coreMedia, 'SomePlayer/1.0', 'SomeWorker/2.0', undefined),
  fetch: fc.constantFrom<FetchKind>('page', 'media', 'part'),
  platform: fc.constantFrom(undefined, '"macOS"', '"Unknown"'),
  device: fc.constantFrom(undefined, 'SHA256:device'),
});
const steps = fc.array(fc.tuple(request, fc.constantFrom(0, 1, minute, 13 * hour)), { minLength: 1, maxLength: 60 });

test('no sequence of requests of one browser and what fetches for it is asked for a second step-up for the same cause', () => {
  fc.assert(
    fc.property(steps, (sequence) => {
      const { ask, wait, stepUp } = stageSession({ settings: program });
      const answered = new Set<string>();
      for (const [sent, pause] of sequence) {
        const { score, points } = ask({ ...sent, device: sent.device });
        const causes = points.map(({ signal, detail }) => `${signal}: ${detail.split(';')[0]}`);
        for (const cause of causes) expect(answered).not.toContain(cause);
        if (score >= 40) {
          for (const cause of causes) answered.add(cause);
          wait(1);
          stepUp();
        }
        wait(pause);
      }
    }),
    { numRuns: 500 },
  );
});

test('whatever the owner does, a copy of the cookie from before is noticed in another browser', () => {
  fc.assert(
    fc.property(steps, (sequence) => {
      const { ask, wait, stepUp, proof } = stageSession({ settings: program });
      const stolen = proof.atMs;
      ask({ userAgent: safari, fetch: 'page' });
      for (const [sent, pause] of sequence) {
        wait(1);
        const { score } = ask(sent);
        if (score >= 40) stepUp();
        wait(pause + 1);
        const copied = ask({ userAgent: linux, address: cafe, fetch: 'page', lastProofAtMs: stolen });
        expect(copied.points.map(({ signal }) => signal)).toContain('user_agent_changed');
      }
    }),
    { numRuns: 200 },
  );
});
