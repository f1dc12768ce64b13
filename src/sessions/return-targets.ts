import { hashSecret, isSecret, mintSecret } from '../state/secret.ts';
import type { StateStore } from '../state/state-store.ts';
import type { ReturnTarget } from './session.ts';
import { decodeTarget, encodeTarget } from './session-record.ts';

/** Where people want to go after sign-in, kept on the server: the browser carries an opaque id (security-rules.md 2). */
export interface ReturnTargets {
  save(target: ReturnTarget): Promise<string>;
  find(id: string): Promise<ReturnTarget | undefined>;
}

const keptMs = 10 * 60 * 1000;
/** How many one browser may have open at one host; the oldest goes first. */
const limitPerAttempt = 20;

export function createReturnTargets(
  store: StateStore,
  now: () => number,
  randomBytes: (count: number) => Buffer,
): ReturnTargets {
  const makeRoom = async (attemptHash: string): Promise<void> => {
    const records = await store.list('return_target', { owner: attemptHash });
    const excess = records.length - limitPerAttempt + 1;
    if (excess <= 0) return;
    const oldestFirst = records
      .map((record) => ({ key: record.key, savedAtMs: decodeTarget(record).savedAtMs }))
      .sort((one, other) => one.savedAtMs - other.savedAtMs);
    for (const { key } of oldestFirst.slice(0, excess)) await store.remove('return_target', key);
  };

  return {
    async save(target) {
      await makeRoom(target.attemptHash);
      const id = mintSecret(randomBytes);
      await store.write({
        kind: 'return_target',
        key: hashSecret(id),
        owner: target.attemptHash,
        expiresAtMs: now() + keptMs,
        value: encodeTarget(target, now()),
        expectedVersion: 0,
        isLogged: false,
      });
      return id;
    },
    async find(id) {
      if (!isSecret(id)) return undefined;
      const stored = await store.read('return_target', hashSecret(id));
      return stored.found === 'record' ? decodeTarget(stored.record).target : undefined;
    },
  };
}
