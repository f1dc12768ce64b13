import { describe, expect, test } from '@jest/globals';
import type { RiskFacts } from '../../../src/decision/facts.ts';
import type { Risk } from '../../../src/risk/risk.ts';
import {
  ada,
  cafe,
  chrome,
  createWorker,
  hour,
  minute,
  office,
  settingsWith,
  stageSession,
} from '../../support/judgement-risk.ts';
import { berlin, hamburg, mapSources, munich, sydney } from '../../support/risk-map.ts';

const week = 7 * 24 * hour;

/** Sessions of one person, each with proofs of its own. */
function stagePerson(settings: ReturnType<typeof settingsWith>, sources = mapSources()) {
  const stage = stageSession({ settings, sources });
  const session = (sessionId: string) => {
    let proof = { lastProofAtMs: stage.clock.nowMs - 1, steppedUpAtMs: 0 };
    return {
      /** Proves a second factor now. */
      stepUp: () => {
        proof = { lastProofAtMs: stage.clock.nowMs, steppedUpAtMs: stage.clock.nowMs };
        stage.wait(1);
      },
      ask: (from: Parameters<typeof stage.ask>[0] = {}, risk?: Risk): RiskFacts =>
        stage.ask({ sessionId, address: berlin, ...proof, ...from }, risk),
    };
  };
  return { ...stage, session };
}

const scoresOf = (facts: RiskFacts) => Object.fromEntries(facts.points.map(({ signal, points }) => [signal, points]));

describe('where a person is', () => {
  const places = settingsWith({
    new_network: { weight: 10 },
    new_asn: { weight: 20 },
    new_country: { weight: 40 },
    impossible_travel: { weight: 60 },
  });

  test('is compared with what step-ups have vouched for, in every session', () => {
    const { session, wait } = stagePerson(places);
    const first = session('ses_1');
    first.stepUp();
    expect(first.ask().score).toBe(0);
    wait(24 * hour);
    const home = session('ses_2');
    expect(home.ask().score).toBe(0);
    const elsewhere = session('ses_3');
    expect(scoresOf(elsewhere.ask({ address: munich }))).toEqual({});
    wait(2 * hour);
    expect(scoresOf(elsewhere.ask({ address: hamburg }))).toEqual({ new_network: 0, new_asn: 20 });
    const abroad = session('ses_4');
    wait(48 * hour);
    expect(scoresOf(abroad.ask({ address: sydney }))).toEqual({ new_network: 0, new_asn: 0, new_country: 40 });
  });

  test('counts once, by the strongest signal, and says so of the others', () => {
    const { session } = stagePerson(places);
    const one = session('ses_1');
    one.stepUp();
    one.ask();
    const { score, points } = one.ask({ address: sydney });
    expect(score).toBe(60);
    expect(points[0]?.detail).toContain('counted in impossible_travel');
    expect(points[3]?.detail).toMatch(
      /from 203\.0\.113\.7 to 198\.51\.100\.20, 16\d{3} km at least, in 0 min; 1000 km\/h/,
    );
  });

  test('is learned by a step-up made there', () => {
    const { session, wait } = stagePerson(places);
    const one = session('ses_1');
    one.stepUp();
    one.ask();
    wait(48 * hour);
    one.stepUp();
    expect(one.ask({ address: sydney }).score).toBe(0);
    wait(48 * hour);
    expect(session('ses_2').ask({ address: sydney }).score).toBe(0);
  });
});

describe('impossible travel', () => {
  const travel = settingsWith({ impossible_travel: { weight: 60 } });

  test('is a matter of time: a flight is possible, an hour is not', () => {
    const { session, wait } = stagePerson(travel);
    const one = session('ses_1');
    one.ask();
    wait(hour);
    expect(one.ask({ address: sydney }).score).toBe(60);
    const other = session('ses_2');
    other.ask();
    wait(20 * hour);
    expect(other.ask({ address: sydney }).score).toBe(0);
  });

  test('is not forgotten because time passes there, and fades from when the session is back', () => {
    const { session, wait } = stagePerson(travel);
    const one = session('ses_1');
    one.ask();
    one.ask({ address: sydney });
    wait(100 * hour);
    expect(one.ask({ address: sydney }).score).toBe(60);
    expect(one.ask().score).toBe(60);
    wait(12 * hour);
    expect(one.ask().score).toBe(30);
  });

  test('is answered by a proof from the new place, which is the place from then on', () => {
    const { session, wait } = stagePerson(travel);
    const one = session('ses_1');
    one.ask();
    one.ask({ address: sydney });
    wait(minute);
    one.stepUp();
    expect(one.ask({ address: sydney }).score).toBe(0);
    wait(minute);
    expect(one.ask({ address: sydney }).score).toBe(0);
    expect(one.ask().score).toBe(60);
  });

  test('is not seen between two addresses of one network of the company, nor within what maps are off', () => {
    const vpn = { names: ['vpn'], contains: (address: string) => [berlin, sydney].includes(address) };
    const { session } = stagePerson(settingsWith({ impossible_travel: { weight: 60 } }, { ownNetworks: [vpn] }));
    const one = session('ses_1');
    one.ask();
    expect(one.ask({ address: sydney }).score).toBe(0);
    const near = stagePerson(travel).session('ses_1');
    near.ask({ address: hamburg });
    expect(near.ask({ address: '192.0.2.200' }).score).toBe(0);
  });
});

describe('the browser and the device', () => {
  test('that names another platform within a session is another one; silence says nothing', () => {
    const { ask } = stageSession({ settings: settingsWith({ client_hints_changed: { weight: 30 } }) });
    expect(ask({ platform: '"macOS"' }).score).toBe(0);
    expect(ask().score).toBe(0);
    expect(ask({ platform: '"Windows"' }).points).toMatchObject([
      { detail: expect.stringContaining('"Windows"; known') },
    ]);
    expect(ask({ platform: '"macOS"' }).score).toBe(30);
  });

  test('changed when the certificate is another one or gone, not when one comes', () => {
    const { ask } = stageSession({ settings: settingsWith({ device_changed: { weight: 40 } }) });
    expect(ask().score).toBe(0);
    expect(ask({ device: 'aa' }).score).toBe(0);
    expect(ask({ device: 'bb' }).score).toBe(40);
    expect(ask({ device: 'aa' }).score).toBe(40);
    const other = stageSession({ settings: settingsWith({ device_changed: { weight: 40 } }) });
    other.ask({ device: 'aa' });
    expect(other.ask().points).toMatchObject([
      { detail: expect.stringContaining('device none; known for this session: aa') },
    ]);
  });

  test('is new to a person who is known by another device, until a step-up on it', () => {
    const { session, wait } = stagePerson(settingsWith({ new_device: { weight: 15, halfLifeMs: 12 * hour } }));
    const one = session('ses_1');
    one.stepUp();
    expect(one.ask({ device: 'aa' }).score).toBe(0);
    const two = session('ses_2');
    wait(minute);
    expect(two.ask({ device: 'bb' }).score).toBe(15);
    wait(48 * hour);
    expect(two.ask({ device: 'bb' }).score).toBe(15);
    two.stepUp();
    expect(two.ask({ device: 'bb' }).score).toBe(0);
    expect(session('ses_3').ask({ device: 'bb' }).score).toBe(0);
  });
});

describe('an app', () => {
  const apps = settingsWith({ new_app: { weight: 10, halfLifeMs: hour } });

  test('is new to a person who is known by others; a session that stepped up learns it, and the points fade', () => {
    const { session, wait } = stagePerson(apps);
    const one = session('ses_1');
    one.stepUp();
    expect(one.ask({ route: 'wiki' }).score).toBe(0);
    expect(one.ask({ route: 'payroll' }).score).toBe(10);
    wait(minute);
    expect(one.ask({ route: 'payroll' }).score).toBe(10);
    wait(hour);
    expect(one.ask({ route: 'payroll' }).score).toBe(5);
    expect(session('ses_2').ask({ route: 'payroll' }).score).toBe(0);
  });

  test('stays new for a session that never stepped up', () => {
    const { session, wait } = stagePerson(apps);
    const one = session('ses_1');
    one.stepUp();
    one.ask({ route: 'wiki' });
    const two = session('ses_2');
    for (let days = 0; days < 5; days += 1) {
      wait(24 * hour);
      expect(two.ask({ route: 'payroll' }).score).toBe(10);
    }
  });

  test('is not new to a person of whom nothing is known', () => {
    const { session } = stagePerson(apps);
    expect(session('ses_1').ask({ route: 'wiki' }).score).toBe(0);
    expect(session('ses_1').ask({ route: 'payroll' }).score).toBe(0);
  });
});

describe('the hour', () => {
  const hours = settingsWith({ unusual_hour: { weight: 10, halfLifeMs: hour } });

  function workTwoWeeks(stage: ReturnType<typeof stagePerson>) {
    const one = stage.session('ses_1');
    const monday = Date.UTC(2026, 0, 5, 9);
    stage.clock.nowMs = monday;
    one.stepUp();
    for (let day = 0; day < 12; day += 1) {
      if (day % 7 > 4) continue;
      for (let at = 0; at < 8; at += 1) {
        stage.clock.nowMs = monday + day * 24 * hour + at * hour + minute;
        one.ask();
      }
    }
    return { one, monday };
  }

  test('is unusual where a person never was, once two weeks are known', () => {
    const stage = stagePerson(hours);
    const { monday } = workTwoWeeks(stage);
    const next = stage.session('ses_2');
    stage.clock.nowMs = monday + 2 * week;
    expect(next.ask().score).toBe(0);
    stage.clock.nowMs = monday + 2 * week + 18 * hour;
    expect(next.ask().points).toMatchObject([
      { signal: 'unusual_hour', points: 10, detail: expect.stringContaining('Tue 03:00 UTC') },
    ]);
    stage.clock.nowMs = monday + 2 * week + 24 * hour;
    expect(next.ask().score).toBe(10);
    stage.wait(hour);
    expect(next.ask().score).toBe(5);
  });

  test('is nothing of a person who is new', () => {
    const { session, wait } = stagePerson(hours);
    const one = session('ses_1');
    one.stepUp();
    one.ask();
    wait(13 * hour);
    expect(one.ask().score).toBe(0);
  });
});

describe('how much a person looks at', () => {
  const breadth = settingsWith({ request_breadth: { weight: 40, halfLifeMs: hour } });

  test('up to four hundred paths in a quarter of an hour is nothing, twice that the whole weight', () => {
    const { ask, wait, clock } = stageSession({ settings: breadth });
    clock.nowMs -= clock.nowMs % (15 * minute);
    for (let count = 0; count < 370; count += 1) expect(ask({ path: `/pages/${count}` }).score).toBe(0);
    for (let again = 0; again < 3000; again += 1) expect(ask({ path: `/pages/${again % 300}` }).score).toBe(0);
    for (let count = 370; count < 1000; count += 1) ask({ path: `/pages/${count}` });
    const { score, points } = ask({ path: '/pages/1' });
    expect(score).toBe(40);
    expect(points[0]?.detail).toMatch(/^(9|10)\d+ different paths in a quarter of an hour; habit 0, limit 400/);
    wait(15 * minute);
    expect(ask({ path: '/pages/1' }).score).toBe(40);
    wait(hour);
    expect(ask({ path: '/pages/2' }).score).toBe(20);
  });

  test('is measured by the habit of the person, which sessions without a step-up do not teach', () => {
    const read = (isSteppedUp: boolean) => {
      const stage = stagePerson(breadth);
      stage.clock.nowMs -= stage.clock.nowMs % (15 * minute);
      const one = stage.session('ses_1');
      if (isSteppedUp) one.stepUp();
      for (let slot = 0; slot < 10; slot += 1) {
        for (let count = 0; count < 350; count += 1) one.ask({ path: `/${slot}/${count}` });
        stage.wait(15 * minute);
      }
      for (let count = 0; count < 900; count += 1) one.ask({ path: `/more/${count}` });
      return one.ask({ path: '/more/1' }).score;
    };
    expect([read(true), read(false)]).toEqual([0, 40]);
  });
});

describe('what others say', () => {
  test('of an address: on a list it counts, whatever is proved, until the session has left it', () => {
    const { session, wait } = stagePerson(
      settingsWith({ blocked_address: { weight: 50, halfLifeMs: hour } }),
      mapSources([sydney]),
    );
    const one = session('ses_1');
    one.ask();
    wait(minute);
    expect(one.ask({ address: sydney })).toMatchObject({
      score: 50,
      scoreAfterProof: 50,
      points: [{ answeredBy: 'nothing', detail: expect.stringContaining('is on the list blocked.txt') }],
    });
    wait(minute);
    one.stepUp();
    expect(one.ask({ address: sydney }).score).toBe(50);
    one.ask();
    wait(hour);
    expect(one.ask().score).toBe(25);
  });

  test('of a person: a score from outside acts in every process on the next request, until it expires or is cleared', async () => {
    const stage = stagePerson(settingsWith({ outside_score: { weight: 100 } }));
    const { worker, store, clock, wait } = stage;
    const other = createWorker(store, () => clock.nowMs);
    const subject = { sessionId: 'ses_1', person: ada };
    await other.risk.load(subject);
    const ask = async () => {
      await other.risk.load(subject);
      return stage.ask({ address: office, userAgent: chrome }, other.risk).score;
    };
    expect(await ask()).toBe(0);
    const score = {
      score: 80,
      setAtMs: clock.nowMs,
      expiresAtMs: clock.nowMs + hour,
      source: 'edr',
      reason: 'malware',
    };
    await worker.risk.setOutsideScore(ada, score);
    expect(await ask()).toBe(80);
    expect(await worker.risk.outsideScoreOf(ada)).toEqual(score);
    wait(hour);
    expect(await ask()).toBe(0);
    await worker.risk.setOutsideScore(ada, { ...score, expiresAtMs: clock.nowMs + hour });
    expect(await ask()).toBe(80);
    expect(await worker.risk.clearOutsideScore(ada)).toBe(true);
    expect(await ask()).toBe(0);
    expect(await worker.risk.clearOutsideScore(ada)).toBe(false);
  });
});

describe('failed step-ups and stolen copies', () => {
  test('three failures in half an hour count, and a proof answers them', () => {
    const { ask, worker, clock, wait, stepUp } = stageSession({
      settings: settingsWith({ failed_factors: { weight: 50 } }),
    });
    ask();
    for (let count = 0; count < 3; count += 1) {
      expect(ask().score).toBe(0);
      wait(minute);
      worker.risk.countFailedFactor({ sessionId: 'ses_1', person: ada }, clock.nowMs);
    }
    expect(ask().score).toBe(30);
    wait(1);
    stepUp();
    expect(ask().score).toBe(0);
  });

  test('a credential at another host than its own counts at once, for an hour', () => {
    const { ask, worker, clock, wait } = stageSession({
      settings: settingsWith({ foreign_host: { weight: 60, halfLifeMs: hour } }),
    });
    ask();
    worker.risk.countForeignHost({ sessionId: 'ses_1', person: ada }, 'wiki.localhost', clock.nowMs);
    expect(ask().score).toBe(60);
    wait(2 * hour);
    expect(ask().score).toBe(30);
  });
});

describe('report-only', () => {
  test('a signal is recorded with what it would be worth, and does not count', () => {
    const { ask } = stageSession({
      settings: settingsWith({ new_network: { weight: 40, isReportOnly: true }, user_agent_changed: { weight: 30 } }),
    });
    ask();
    expect(ask({ address: cafe, userAgent: 'curl' })).toMatchObject({
      score: 30,
      reportedScore: 70,
      points: [
        { signal: 'new_network', points: 0, reportedPoints: 40, detail: expect.stringContaining('(report only)') },
        { signal: 'user_agent_changed', points: 30 },
      ],
    });
  });

  test('the whole score is 0 and what it would be is told', () => {
    const { ask } = stageSession({ settings: settingsWith({ new_network: { weight: 40 } }, { isReportOnly: true }) });
    ask();
    expect(ask({ address: cafe })).toMatchObject({ score: 0, reportedScore: 40 });
  });
});
