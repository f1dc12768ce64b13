import { describe, expect, test } from '@jest/globals';
import { emptyHistory } from '../../../src/risk/history.ts';
import { notePath } from '../../../src/risk/path-sketch.ts';
import { formatHistory, parseHistory } from '../../../src/risk/stored-history.ts';

const nowMs = 1_750_000_000_000;
const stretch = { what: 'AS1', sinceMs: 5, endedAtMs: undefined, seenAtMs: 9 };

function usualHistory() {
  const history = emptyHistory();
  history.traits.network.known = ['127.0.0.0/24'];
  history.traits.asn.episode = stretch;
  history.rate.episode = { what: 'rate', sinceMs: 1, endedAtMs: 2, seenAtMs: 2, peak: 900 };
  history.events.denials = [{ route: 'payroll', atMs: 7 }];
  history.travel.from = { latitude: 1, longitude: 2, radiusKm: 3, address: '127.0.0.1', atMs: 4 };
  history.breadth.slot = 1;
  notePath(history.breadth, '/one');
  history.provedAtMs = 3;
  return history;
}

/** As it was written before what is empty was left out. */
function inLongForm(history: ReturnType<typeof usualHistory>): string {
  const { slot, bits, episode } = history.breadth;
  const written = { ...history, breadth: { slot, bits: Buffer.from(bits).toString('base64'), episode } };
  return JSON.stringify(written, (_key, value: unknown) => value ?? null);
}

describe('the history of a session', () => {
  test('comes back as it was, whatever of it is out of the ordinary', () => {
    const history = usualHistory();
    expect(parseHistory(formatHistory(history), nowMs)).toEqual(history);
  });

  test('comes back with every path that it counted, few or many', () => {
    for (const count of [0, 1, 60, 61, 2000]) {
      const history = usualHistory();
      for (let path = 0; path < count; path += 1) notePath(history.breadth, `/${path}`);
      const read = parseHistory(formatHistory(history), nowMs);
      expect(Buffer.from(read.breadth.bits)).toEqual(Buffer.from(history.breadth.bits));
      expect(read.breadth.ones).toBe(history.breadth.ones);
    }
  });

  test('is read in the long form of before as well', () => {
    const history = usualHistory();
    expect(parseHistory(inLongForm(history), nowMs)).toEqual(history);
    const first = { network: { known: ['a'], episode: null }, userAgent: { known: [], episode: null }, denials: [] };
    const oldest = { ...first, rate: { ...history.rate, episode: null }, provedAtMs: 3 };
    expect(parseHistory(JSON.stringify(oldest), nowMs).traits.network.known).toEqual(['a']);
  });

  test.each([
    ['no JSON', '{'],
    ['nothing', 'null'],
    ['a form that is not known', JSON.stringify({ ...JSON.parse(formatHistory(usualHistory())), format: 3 })],
    ['something that is not known', JSON.stringify({ ...JSON.parse(formatHistory(usualHistory())), more: 1 })],
    [
      'what it is known by left out',
      JSON.stringify({ ...JSON.parse(formatHistory(usualHistory())), known: undefined }),
    ],
  ])('is never a clean slate where it is %s', (_what, json) => {
    expect(() => parseHistory(json, nowMs)).toThrow(expect.objectContaining({ code: 'state_corrupt' }));
  });
});
