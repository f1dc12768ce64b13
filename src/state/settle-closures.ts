import { toFault } from '../decision/fault.ts';
import { type Closure, nameOfClosure } from './closure.ts';
import type { StateStore } from './state-store.ts';

const pageSize = 500;

/**
 * Writes closures to the state file, one after the other, until the disk takes no more. Answers the names of those that
 * are there now.
 */
export async function settleClosures(
  store: Pick<StateStore, 'bury' | 'write' | 'list'>,
  closures: readonly Closure[],
): Promise<ReadonlySet<string>> {
  const written = new Set<string>();
  for (const closure of closures) {
    try {
      await settleOne(store, closure);
    } catch (thrown) {
      // Another process may have the lock, or there is no room: the next round goes on here.
      const { code } = toFault(thrown);
      if (code === 'state_unwritable' || code === 'state_unavailable') return written;
      throw thrown;
    }
    written.add(nameOfClosure(closure));
  }
  return written;
}

async function settleOne(store: Pick<StateStore, 'bury' | 'write' | 'list'>, closure: Closure): Promise<void> {
  switch (closure.type) {
    case 'bury':
      await store.bury(closure.kind, closure.key, closure.cause, closure.untilMs);
      return;
    case 'put': {
      const { kind, key, owner, expiresAtMs, value } = closure;
      await store.write({ kind, key, owner, expiresAtMs, value, expectedVersion: 'any', isDurable: true });
      return;
    }
    case 'through':
      return endThrough(store, closure);
    default:
      return closure satisfies never;
  }
}

async function endThrough(
  store: Pick<StateStore, 'bury' | 'list'>,
  { kind, throughKey, cause, untilMs }: Extract<Closure, { type: 'through' }>,
): Promise<void> {
  for (let after = ''; ; ) {
    const page = await store.list(kind, { limit: pageSize, after });
    for (const { key } of page) {
      if (key > throughKey) return;
      await store.bury(kind, key, cause, untilMs);
    }
    if (page.length < pageSize) return;
    after = page.at(-1)?.key ?? '';
  }
}
