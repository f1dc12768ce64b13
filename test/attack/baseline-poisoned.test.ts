import { expect, test } from '@jest/globals';
import { hour, minute, settingsWith, stageSession } from '../support/judgement-risk.ts';
import { berlin, mapSources, sydney } from '../support/risk-map.ts';

const settings = settingsWith({ new_network: { weight: 30 }, new_country: { weight: 40 }, new_app: { weight: 10 } });

test('a thief with the password, in a session of their own, teaches the person’s baseline nothing', () => {
  const { ask, wait, clock } = stageSession({ settings, sources: mapSources() });
  const owners = { sessionId: 'ses_owner', address: berlin, route: 'wiki', steppedUpAtMs: clock.nowMs - 1 };
  ask(owners);
  const thiefs = { sessionId: 'ses_thief', address: sydney, route: 'payroll', lastProofAtMs: clock.nowMs };
  for (let day = 0; day < 60; day += 1) {
    wait(24 * hour);
    expect(ask(thiefs).score).toBe(50);
    ask(owners);
  }
  expect(ask({ ...thiefs, sessionId: 'ses_thief_again' }).score).toBe(50);
});

test('a thief with a copy of a cookie whose owner has stepped up teaches nothing either', () => {
  const { ask, wait, clock } = stageSession({ settings, sources: mapSources() });
  const provedAtMs = clock.nowMs;
  const cookie = { sessionId: 'ses_owner', lastProofAtMs: provedAtMs, steppedUpAtMs: provedAtMs };
  wait(1);
  ask({ ...cookie, address: berlin, route: 'wiki' });
  for (let count = 0; count < 500; count += 1) {
    wait(minute);
    ask({ ...cookie, address: sydney, route: 'payroll' });
  }
  wait(24 * hour);
  const fresh = { sessionId: 'ses_new', address: sydney, route: 'payroll', lastProofAtMs: clock.nowMs };
  wait(1);
  expect(ask(fresh).score).toBe(50);
});
