import type { KnownDataKeys } from './data-keys.ts';
import type { StateStore } from './state-store.ts';

/** How often a call is done over: nobody makes keys faster than they can be learned. */
const mostTries = 3;

/** Does `work` over when another process has made a data key meanwhile, after learning it. */
export async function withKnownKeys<Result>(
  keys: KnownDataKeys,
  work: () => Result | Promise<Result>,
): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (thrown) {
      if (thrown !== keys.changed || tries === mostTries) throw thrown;
      await keys.learn();
    }
  }
}

type Call = (...given: readonly unknown[]) => unknown;

/** A store whose calls learn the data keys that others make: nobody who asks it notices. All that answers with a promise is done over. */
export function learnKeys<Store extends StateStore>(store: Store, keys: KnownDataKeys): Store {
  const calls = Object.entries(store).map(([name, member]: [string, unknown]) => {
    if (typeof member !== 'function' || !isAsync(member)) return [name, member];
    return [name, (...given: readonly unknown[]) => withKnownKeys(keys, () => (member as Call)(...given))];
  });
  // The same members under the same names.
  return Object.fromEntries(calls) as Store;
}

function isAsync(member: object): boolean {
  return Object.prototype.toString.call(member) === '[object AsyncFunction]';
}
