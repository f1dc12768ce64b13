import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createLastOpenings, type LastOpening } from '../../../src/people/last-openings.ts';
import type { StateStore } from '../../../src/state/state-store.ts';
import { createStateFolder, type StateFolder } from '../../support/state-folder.ts';

const startMs = Date.UTC(2026, 0, 5, 9);
let nowMs = startMs;
let folder: StateFolder;
let store: StateStore;
let faults: unknown[];
beforeEach(async () => {
  nowMs = startMs;
  folder = createStateFolder(() => nowMs);
  store = await folder.open();
  faults = [];
});
afterEach(() => folder.dispose());

const ada = { issuer: 'https://idp.corp.example', subject: 'ada', email: 'ada@corp.example' };
const open = (of = store) => createLastOpenings(of, (thrown) => faults.push(thrown));

function opening(route: string, more: Partial<LastOpening> = {}): LastOpening {
  return {
    route,
    host: `${route}.corp.example`,
    method: 'GET',
    path: '/reports/1',
    address: '203.0.113.7',
    deviceId: 'laptop',
    methods: ['password', 'registered_browser'],
    atMs: nowMs,
    ...more,
  };
}

describe('what a guarded person opened last', () => {
  test('is read as it was noted, by every process, the newest of each route first', async () => {
    const [here, there] = [open(), open(await folder.open())];
    const first = opening('wiki', { address: undefined, deviceId: undefined, methods: [] });
    here.note(ada, first);
    await here.close();
    nowMs += 1_000;
    there.note(ada, opening('payroll'));
    await there.close();
    expect(await here.all()).toEqual([{ person: ada, openings: [opening('payroll'), first] }]);
    nowMs += 60_000;
    there.note(ada, opening('wiki', { path: '/other' }));
    expect((await there.all())[0]?.openings.map(({ route, path }) => `${route} ${path}`)).toEqual([
      'wiki /other',
      'payroll /reports/1',
    ]);
    expect(faults).toEqual([]);
  });

  test('is written once a minute for each route, and again at once where it could not be', async () => {
    const openings = open();
    openings.note(ada, opening('wiki'));
    nowMs += 59_000;
    openings.note(ada, opening('wiki', { path: '/second' }));
    expect((await openings.all())[0]?.openings[0]?.path).toBe('/reports/1');
    const failing = open({ ...store, read: () => Promise.reject(new Error('the disk is away')) });
    failing.note(ada, opening('wiki'));
    await failing.close();
    failing.note(ada, opening('wiki'));
    await failing.close();
    expect(faults).toHaveLength(2);
  });

  test('is given up where somebody decided so, and forgotten after a month', async () => {
    const openings = open();
    openings.note(ada, opening('wiki'));
    openings.note(ada, opening('payroll'));
    await openings.forget(ada, [{ host: 'wiki.corp.example', path: '/reports/1' }]);
    expect((await openings.all())[0]?.openings.map(({ route }) => route)).toEqual(['payroll']);
    nowMs += 31 * 86_400_000;
    expect(await openings.all()).toEqual([]);
  });
});
