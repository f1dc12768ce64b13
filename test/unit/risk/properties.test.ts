import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type RiskSettings, riskSignalNames } from '../../../src/config/snapshot.ts';
import { type Episode, laterEpisode } from '../../../src/risk/episode.ts';
import { emptyHistory } from '../../../src/risk/history.ts';
import { absorbSketch, emptySketch, notePath } from '../../../src/risk/path-sketch.ts';
import {
  emptyBaseline,
  familiarNames,
  formatBaseline,
  mergeBaselines,
  type PersonBaseline,
  parseBaseline,
  tameBaseline,
} from '../../../src/risk/person-baseline.ts';
import { distanceKm } from '../../../src/risk/place.ts';
import { scoreHistory, signals } from '../../../src/risk/score.ts';
import { mergeEvents } from '../../../src/risk/signals/counted-events.ts';
import { formatHistory, parseHistory } from '../../../src/risk/stored-history.ts';
import { learnHour, unusualness } from '../../../src/risk/usual-hours.ts';
import { hour, settingsWith } from '../../support/judgement-risk.ts';

const startMs = Date.UTC(2026, 0, 5);
const time = fc.integer({ min: startMs, max: startMs + 100 * 24 * hour });
const familiar = fc.array(fc.record({ value: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz'), seenAtMs: time }), {
  maxLength: 20,
});
const habit = fc.record({ slot: fc.nat(50), value: fc.nat(1000) });

/** As it comes to be: joined, so bounded and in order. */
const baseline: fc.Arbitrary<PersonBaseline> = fc
  .record({
    familiar: fc.record({ network: familiar, asn: familiar, country: familiar, device: familiar, app: familiar }),
    hours: fc.array(
      fc.record({ hour: fc.integer({ min: 490_000, max: 490_400 }), weight: fc.constantFrom(1, 1.5, 2) }),
      { maxLength: 30 },
    ),
    requests: habit,
    paths: habit,
    place: fc.option(
      fc.record({
        latitude: fc.integer({ min: -90, max: 90 }),
        longitude: fc.integer({ min: -180, max: 180 }),
        radiusKm: fc.constant(20),
        address: fc.constantFrom('203.0.113.7', '198.51.100.20'),
        atMs: time,
      }),
      { nil: undefined },
    ),
  })
  .map((one) => mergeBaselines(one, emptyBaseline()));

const episode: fc.Arbitrary<Episode> = fc
  .record({
    what: fc.constantFrom('a', 'b'),
    sinceMs: fc.nat(5),
    length: fc.nat(5),
    isOver: fc.boolean(),
    seenAtMs: fc.nat(5),
  })
  .map(({ what, sinceMs, length, isOver, seenAtMs }) => ({
    what,
    sinceMs,
    endedAtMs: isOver ? sinceMs + length : undefined,
    seenAtMs,
  }));

describe('what two processes know joins into one', () => {
  test('baseline: in whatever order, and however often', () => {
    fc.assert(
      fc.property(baseline, baseline, baseline, (a, b, c) => {
        expect(mergeBaselines(a, b)).toEqual(mergeBaselines(b, a));
        expect(mergeBaselines(mergeBaselines(a, b), c)).toEqual(mergeBaselines(a, mergeBaselines(b, c)));
        expect(mergeBaselines(a, a)).toEqual(a);
      }),
    );
  });

  test('baseline that is bounded, and is what was written when it is read', () => {
    fc.assert(
      fc.property(baseline, baseline, (a, b) => {
        const merged = mergeBaselines(a, b);
        for (const name of familiarNames) expect(merged.familiar[name].length).toBeLessThanOrEqual(64);
        expect(merged.hours.length).toBeLessThanOrEqual(168);
        expect(parseBaseline(formatBaseline(merged), startMs + 1000 * 24 * hour)).toEqual(merged);
      }),
    );
  });

  test('episodes and events', () => {
    const event = fc.record({ route: fc.constantFrom('a', 'b', 'c'), atMs: fc.nat(600_000) });
    const events = fc.array(event, { maxLength: 12 }).map((list) => mergeEvents(list, []));
    fc.assert(
      fc.property(episode, episode, episode, events, events, events, (a, b, c, x, y, z) => {
        expect(laterEpisode(a, b)).toEqual(laterEpisode(b, a));
        expect(laterEpisode(laterEpisode(a, b), c)).toEqual(laterEpisode(a, laterEpisode(b, c)));
        expect(mergeEvents(x, y)).toEqual(mergeEvents(y, x));
        expect(mergeEvents(mergeEvents(x, y), z)).toEqual(mergeEvents(x, mergeEvents(y, z)));
        expect(mergeEvents(x, x)).toEqual(x);
      }),
    );
  });

  test('paths that were counted', () => {
    const sketch = fc.tuple(fc.nat(2), fc.array(fc.string(), { maxLength: 30 })).map(([slot, paths]) => {
      const one = emptySketch();
      one.slot = slot;
      for (const path of paths) notePath(one, path);
      return one;
    });
    const join = (one: ReturnType<typeof emptySketch>, other: ReturnType<typeof emptySketch>) => {
      const joined = { ...one, bits: Uint8Array.from(one.bits) };
      absorbSketch(joined, other);
      return joined;
    };
    fc.assert(
      fc.property(sketch, sketch, sketch, (a, b, c) => {
        expect(join(a, b)).toEqual(join(b, a));
        expect(join(join(a, b), c)).toEqual(join(a, join(b, c)));
        expect(join(a, a)).toEqual(a);
      }),
      { numRuns: 50 },
    );
  });
});

/** A history in which any of the traits and conditions may be out of the ordinary. */
const history = fc
  .record({
    traits: fc.array(fc.option(episode, { nil: undefined }), { minLength: 6, maxLength: 6 }),
    conditions: fc.array(fc.option(episode, { nil: undefined }), { minLength: 4, maxLength: 4 }),
    travel: fc.option(episode, { nil: undefined }),
    denials: fc.nat(12),
    outside: fc.option(fc.nat(100), { nil: undefined }),
  })
  .map(({ traits, conditions, travel, denials, outside }) => {
    const one = emptyHistory();
    for (const [index, trait] of Object.values(one.traits).entries()) {
      trait.episode = traits[index];
      if (trait.episode !== undefined) trait.raised = [{ what: trait.episode.what, sinceMs: trait.episode.sinceMs }];
    }
    const [newDevice, newApp, unusualHour, blockedAddress] = conditions;
    Object.assign(one.conditions, { newDevice, newApp, unusualHour, blockedAddress });
    one.travel.episode = travel;
    one.events.denials = Array.from({ length: denials }, (_, route) => ({ route: String(route), atMs: 0 }));
    return {
      history: one,
      baseline: emptyBaseline(),
      outside:
        outside === undefined ? undefined : { score: outside, setAtMs: 0, expiresAtMs: 1e15, source: 's', reason: 'r' },
    };
  });
const weights = fc.array(fc.nat(100), { minLength: riskSignalNames.length, maxLength: riskSignalNames.length });
const settingsOf = (list: readonly number[]): RiskSettings =>
  settingsWith(Object.fromEntries(riskSignalNames.map((name, index) => [name, { weight: list[index] ?? 0 }])));

describe('the score', () => {
  test('is 0 to 100 and the sum of its points, each of one signal', () => {
    fc.assert(
      fc.property(history, weights, fc.nat(1000), (context, list, nowMs) => {
        const { score, points } = scoreHistory(context, 0, settingsOf(list), nowMs);
        const sum = points.reduce((total, one) => total + one.points, 0);
        expect(score).toBe(Math.min(100, sum));
        expect(new Set(points.map(({ signal }) => signal)).size).toBe(points.length);
      }),
    );
  });

  test('never falls when a signal weighs more, and never rises when one is only reported', () => {
    fc.assert(
      fc.property(history, weights, fc.nat(riskSignalNames.length - 1), fc.nat(100), (context, list, index, more) => {
        const before = scoreHistory(context, 0, settingsOf(list), 500).score;
        const heavier = list.map((weight, at) => (at === index ? Math.min(100, weight + more) : weight));
        expect(scoreHistory(context, 0, settingsOf(heavier), 500).score).toBeGreaterThanOrEqual(before);
        const settings = settingsOf(list);
        const name = riskSignalNames[index] ?? 'new_network';
        const reported = {
          ...settings,
          signals: { ...settings.signals, [name]: { ...settings.signals[name], isReportOnly: true } },
        };
        const { score, reportedScore } = scoreHistory(context, 0, reported, 500);
        expect(score).toBeLessThanOrEqual(before);
        expect(reportedScore ?? score).toBe(before);
      }),
    );
  });

  test('only falls as time passes, and as a proof is newer; a proof leaves what it cannot answer', () => {
    const windows = 60 * 60_000;
    fc.assert(
      fc.property(history, weights, fc.nat(1e9), fc.nat(1e9), fc.nat(8), (context, list, one, other, proof) => {
        const settings = settingsOf(list);
        const [early, late] = [Math.min(one, other) + windows, Math.max(one, other) + windows];
        const earlier = scoreHistory(context, 0, settings, early);
        expect(scoreHistory(context, 0, settings, late).score).toBeLessThanOrEqual(earlier.score);
        const proved = scoreHistory(context, proof, settings, early);
        expect(proved.score).toBeLessThanOrEqual(earlier.score);
        expect(proved.score).toBeGreaterThanOrEqual(earlier.scoreAfterProof ?? 0);
        expect(scoreHistory(context, early, settings, early).score).toBe(earlier.scoreAfterProof ?? 0);
      }),
    );
  });

  test('knows every signal of the configuration, each once', () => {
    expect(signals.map(({ name }) => name)).toEqual([...riskSignalNames]);
  });
});

describe('a clock that jumps', () => {
  test('leaves no time in the future in what is read from the store', () => {
    fc.assert(
      fc.property(baseline, time, (kept, nowMs) => {
        const tamed = tameBaseline(kept, nowMs);
        const times = [
          ...familiarNames.flatMap((name) => tamed.familiar[name].map(({ seenAtMs }) => seenAtMs)),
          ...tamed.hours.map((one) => one.hour * hour),
          tamed.place?.atMs ?? 0,
        ];
        for (const at of times) expect(at).toBeLessThanOrEqual(nowMs);
        // Nothing is lost: as many values, and as much weight in each hour of the week.
        expect(tamed.familiar.network.map(({ value }) => value)).toEqual(
          kept.familiar.network.map(({ value }) => value),
        );
        const byBucket = ({ hours }: PersonBaseline) => hours.map((one) => `${one.hour % 168} ${one.weight}`).sort();
        expect(byBucket(tamed)).toEqual(byBucket(kept));
      }),
    );
  });

  test('ahead by years leaves a quarter of what is usual at least, and counts an hour once', () => {
    let hours = learnHour([], startMs);
    for (let week = 1; week < 30; week += 1) {
      for (let at = 0; at < 8; at += 1) hours = learnHour(hours, startMs + week * 168 * hour + at * hour);
    }
    const nowMs = startMs + 30 * 168 * hour;
    const before = hours.reduce((sum, one) => sum + one.weight, 0);
    const jumped = learnHour(learnHour(hours, nowMs + 20 * 365 * 24 * hour), nowMs + 20 * 365 * 24 * hour);
    expect(jumped.reduce((sum, one) => sum + one.weight, 0)).toBeLessThanOrEqual(before + 1);
    expect(unusualness(jumped, nowMs)).toBe(0);
    expect(learnHour(hours, startMs)).toBe(hours);
  });
});

test('a history is what was written when it is read', () => {
  fc.assert(
    fc.property(history, ({ history: one }) => {
      expect(parseHistory(formatHistory(one), 1e6)).toEqual(one);
    }),
  );
});

test('distances are those of the globe', () => {
  const berlin = { latitude: 52.52, longitude: 13.405 };
  expect(distanceKm(berlin, { latitude: 48.137, longitude: 11.575 })).toBeCloseTo(504, -1);
  expect(distanceKm(berlin, { latitude: -33.868, longitude: 151.209 })).toBeCloseTo(16_100, -2);
  expect(distanceKm(berlin, berlin)).toBe(0);
  expect(distanceKm({ latitude: 0, longitude: 179.9 }, { latitude: 0, longitude: -179.9 })).toBeCloseTo(22, 0);
});
