import { expect, test } from '@jest/globals';
import { Fault } from '../../../src/decision/fault.ts';
import { rememberPerson } from '../../../src/risk/remembered-session.ts';
import { writeBaselines } from '../../../src/risk/write-baselines.ts';
import { createMemoryStore } from '../../support/judgement-memory-store.ts';

test('what is usual for a person is written although what is kept of another one is damaged', async () => {
  const store = createMemoryStore(() => 1_000);
  const { read } = store;
  store.read = async (kind, key) => {
    if (key === 'broken') throw new Fault('state_corrupt', 'altered or damaged');
    return read(kind, key);
  };
  const people = new Map(['broken', 'whole'].map((key) => [key, rememberPerson(undefined, undefined)]));
  await writeBaselines(store, people, 1_000);
  expect(await read('risk_person', 'whole')).toMatchObject({ found: 'record' });
  expect(await read('risk_person', 'broken')).toEqual({ found: 'nothing' });
});
