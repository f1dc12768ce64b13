import { expect, test } from '@jest/globals';
import { rememberSession } from '../../../src/risk/remembered-session.ts';
import { writeHistories } from '../../../src/risk/write-histories.ts';
import type { StateStore } from '../../../src/state/state-store.ts';
import { createMemoryStore } from '../../support/judgement-memory-store.ts';

const nowMs = Date.UTC(2026, 0, 5, 9);

/** A session that another process has written, and a store on which something happens while it is being read. */
function stage(happen: (session: ReturnType<typeof rememberSession>) => void) {
  const session = rememberSession(undefined, 'person', nowMs);
  session.isStale = true;
  const inner = createMemoryStore(() => nowMs);
  const store: StateStore = {
    ...inner,
    async read(kind, key) {
      const read = await inner.read(kind, key);
      happen(session);
      return read;
    },
  };
  return { session, write: () => writeHistories(store, new Map(), [['ses_1', session]], nowMs) };
}

test('a history that another process writes while it is being read is read once more', async () => {
  const { session, write } = stage((read) => {
    read.isStale = true;
  });
  await write();
  expect(session.isStale).toBe(true);
});

test('one that could not be read stays to be read', async () => {
  const { session, write } = stage(() => {
    throw new Error('away');
  });
  await expect(write()).rejects.toThrow('away');
  expect(session.isStale).toBe(true);
});

test('one that was read is not read again', async () => {
  const { session, write } = stage(() => undefined);
  await write();
  expect(session.isStale).toBe(false);
});
