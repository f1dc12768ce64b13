import { expect, test } from '@jest/globals';
import { cafe, hour, minute, settingsWith, stageSession } from '../support/judgement-risk.ts';
import { berlin, mapSources, sydney } from '../support/risk-map.ts';

test('the owner’s step-up at home lowers nothing for a copy of the cookie elsewhere', () => {
  const { ask, wait, clock } = stageSession({
    settings: settingsWith({
      new_network: { weight: 40 },
      impossible_travel: { weight: 60 },
      user_agent_changed: { weight: 30 },
    }),
    sources: mapSources(),
  });
  const stolen = clock.nowMs - 1;
  ask({ address: berlin, lastProofAtMs: stolen });
  wait(minute);
  const thief = { address: sydney, userAgent: 'curl/8', lastProofAtMs: stolen };
  expect(ask(thief).score).toBe(90);
  wait(minute);
  const renewed = clock.nowMs;
  wait(1);
  expect(ask({ address: berlin, lastProofAtMs: renewed, steppedUpAtMs: renewed }).score).toBe(0);
  wait(minute);
  expect(ask(thief).score).toBe(90);
  wait(48 * hour);
  expect(ask(thief).score).toBeGreaterThanOrEqual(70);
});

test('a step-up lowers what it answers and no more: an address on a list and a score from outside stay', async () => {
  const { ask, wait, clock, worker, stepUp } = stageSession({
    settings: settingsWith({
      new_network: { weight: 40 },
      blocked_address: { weight: 30 },
      outside_score: { weight: 100 },
    }),
    sources: mapSources([cafe]),
  });
  ask();
  await worker.risk.setOutsideScore(
    { issuer: 'https://idp.corp.example', subject: 'ada' },
    { score: 20, setAtMs: clock.nowMs, expiresAtMs: clock.nowMs + hour, source: 'edr', reason: 'malware' },
  );
  await worker.risk.load({ sessionId: 'ses_1', person: { issuer: 'https://idp.corp.example', subject: 'ada' } });
  wait(minute);
  expect(ask({ address: cafe })).toMatchObject({ score: 90, scoreAfterProof: 50 });
  wait(minute);
  stepUp();
  expect(ask({ address: cafe }).score).toBe(50);
});
