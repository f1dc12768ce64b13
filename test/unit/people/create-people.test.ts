import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createPeople, type PeopleOptions } from '../../../src/people/create-people.ts';
import type { KnownPerson, People, Person } from '../../../src/people/known-person.ts';
import type { StateStore } from '../../../src/state/state-store.ts';
import { createStateFolder, type StateFolder } from '../../support/state-folder.ts';

const day = 86_400_000;
let nowMs = 0;
let folder: StateFolder;
let store: StateStore;
let tasks: Map<number, () => Promise<void>>;
let faults: unknown[];

beforeEach(async () => {
  nowMs = Date.UTC(2026, 0, 5, 9);
  folder = createStateFolder(() => nowMs);
  store = await folder.open();
  tasks = new Map();
  faults = [];
});
afterEach(() => folder.dispose());

function open(options: Partial<PeopleOptions> = {}): People {
  return createPeople({
    store,
    now: () => nowMs,
    every: (everyMs, work) => {
      tasks.set(everyMs, work);
      return () => undefined;
    },
    onBackgroundFault: (fault) => faults.push(fault),
    ...options,
  });
}

function person(subject: string, more: Partial<Person> = {}): Person {
  return {
    providerId: 'corp',
    issuer: 'https://idp.corp.example',
    subject,
    name: undefined,
    email: `${subject}@corp.example`,
    isEmailVerified: true,
    groups: ['finance'],
    source: 'idp:corp',
    asOfMs: nowMs,
    ...more,
  };
}

async function everybody(people: People): Promise<KnownPerson[]> {
  const all: KnownPerson[] = [];
  for await (const page of people.pages()) all.push(...page);
  return all;
}
const flush = () => tasks.get(1_000)?.();
const sweep = () => tasks.get(3_600_000)?.();

describe('the people who have signed in', () => {
  test('are known with the claims of the newest sign-in and since the first', async () => {
    const people = open();
    const firstMs = nowMs;
    await people.remember(person('ada'));
    nowMs += day;
    await people.remember(person('ada', { groups: ['hr'], name: 'Ada' }));
    expect(await everybody(people)).toEqual([
      {
        person: person('ada', { groups: ['hr'], name: 'Ada' }),
        firstSeenAtMs: firstMs,
        lastSeenAtMs: nowMs,
        lastUsedAtMs: new Map(),
      },
    ]);
  });

  test('keep unknown groups apart from none, and claims that the rules may read later', async () => {
    const people = open();
    const claims = { department: 'payroll' };
    await people.remember(person('ada', { groups: undefined, ...{ claims } }));
    const [ada] = await everybody(people);
    expect(ada?.person.groups).toBeUndefined();
    expect(ada?.person).toHaveProperty('claims', claims);
  });

  test('are found by address, as rules spell it, and by subject, of every provider', async () => {
    const people = open();
    await people.remember(person('ada'));
    await people.remember(person('ada', { issuer: 'https://other.example', email: 'ada@other.example' }));
    expect((await people.find('Ada@Corp.Example')).map((one) => one.person.email)).toEqual(['ada@corp.example']);
    expect(await people.find('ada')).toHaveLength(2);
    expect(await people.find('nobody')).toEqual([]);
  });

  test('are not named in the state file', async () => {
    const people = open();
    await people.remember(person('ada'));
    const [record] = await store.list('person');
    expect(record?.key).not.toMatch(/ada|corp/);
  });

  test('are listed page by page, each once', async () => {
    const people = open();
    for (let count = 0; count < 250; count += 1) await people.remember(person(`p${count}`));
    const subjects = (await everybody(people)).map((one) => one.person.subject);
    expect(new Set(subjects).size).toBe(250);
    expect(subjects).toHaveLength(250);
  });

  test('are forgotten on demand, with what they used', async () => {
    const people = open();
    const ada = person('ada');
    await people.remember(ada);
    people.noteUse(ada, 'wiki', nowMs);
    await flush();
    expect(await people.forget(ada)).toBe(true);
    people.noteUse(ada, 'payroll', nowMs);
    await flush();
    expect(await everybody(people)).toEqual([]);
    expect(await store.list('person_use')).toEqual([]);
    expect(await people.forget(ada)).toBe(false);
  });

  test('are dropped when they were not seen for 400 days', async () => {
    const people = open();
    await people.remember(person('ada'));
    nowMs += 399 * day;
    expect(await everybody(people)).toHaveLength(1);
    nowMs += 2 * day;
    expect(await everybody(people)).toHaveLength(0);
  });

  test('are bounded: those who signed in least lately go', async () => {
    const people = open({ capacity: 20 });
    for (let count = 0; count < 25; count += 1) {
      nowMs += 1;
      await people.remember(person(`p${count}`));
    }
    await sweep();
    const left = (await everybody(people)).map((one) => Number(one.person.subject.slice(1)));
    expect(left.sort((a, b) => a - b)).toEqual(Array.from({ length: 19 }, (_, index) => index + 6));
  });
});

describe('when a route was last used', () => {
  test('shows at once in this process, and in every process once it is written', async () => {
    const [here, there] = [open(), createPeople({ store: await folder.open(), now: () => nowMs })];
    const ada = person('ada');
    await here.remember(ada);
    here.noteUse(ada, 'wiki', nowMs);
    expect((await everybody(here))[0]?.lastUsedAtMs).toEqual(new Map([['wiki', nowMs]]));
    expect((await everybody(there))[0]?.lastUsedAtMs).toEqual(new Map());
    await flush();
    expect((await everybody(there))[0]?.lastUsedAtMs).toEqual(new Map([['wiki', nowMs]]));
    await there.close();
  });

  test('is merged over processes: of each route the later time', async () => {
    const one = open();
    const ada = person('ada');
    await one.remember(ada);
    const flushOne = tasks.get(1_000);
    const other = open();
    const flushOther = tasks.get(1_000);
    one.noteUse(ada, 'wiki', nowMs);
    other.noteUse(ada, 'wiki', nowMs + 5);
    other.noteUse(ada, 'payroll', nowMs - 5);
    await Promise.all([flushOther?.(), flushOne?.()]);
    await flushOne?.();
    await flushOther?.();
    const expected = new Map([
      ['wiki', nowMs + 5],
      ['payroll', nowMs - 5],
    ]);
    expect((await everybody(open()))[0]?.lastUsedAtMs).toEqual(expected);
    expect(faults).toEqual([]);
  });

  test('is noted once a minute, whatever the traffic', async () => {
    const people = open();
    const ada = person('ada');
    await people.remember(ada);
    people.noteUse(ada, 'wiki', nowMs);
    people.noteUse(ada, 'wiki', nowMs + 59_999);
    expect((await everybody(people))[0]?.lastUsedAtMs.get('wiki')).toBe(nowMs);
    people.noteUse(ada, 'wiki', nowMs + 60_000);
    expect((await everybody(people))[0]?.lastUsedAtMs.get('wiki')).toBe(nowMs + 60_000);
  });

  test('is not lost while the store is away', async () => {
    const people = open();
    const ada = person('ada');
    await people.remember(ada);
    people.noteUse(ada, 'wiki', nowMs);
    const { writeAll } = store;
    Object.assign(store, { writeAll: () => Promise.reject(new Error('away')) });
    await flush();
    expect(faults).toHaveLength(1);
    Object.assign(store, { writeAll });
    await people.close();
    expect((await everybody(open()))[0]?.lastUsedAtMs.get('wiki')).toBe(nowMs);
  });
});
