import { z } from 'zod';
import { Fault } from '../decision/fault.ts';
import { type PersonId, personKeyInLines } from '../state/person-key.ts';
import type { StateStore } from '../state/state-store.ts';
import { type BrowserKey, publicJwk, readBrowserKey } from './browser-key.ts';

/** How many browsers a person may register. */
export const mostBrowsers = 10;
const writeAttempts = 8;

const browser = z.strictObject({
  keyId: z.string(),
  jwk: publicJwk,
  /** By our own words for browser and system; nothing of the header itself. */
  name: z.string(),
  address: z.string(),
  registeredAtMs: z.number(),
});
const stored = z.strictObject({ issuer: z.string(), subject: z.string(), browsers: z.array(browser) });

/** A browser that its person registered: the public half of its key, and where it came from. */
export type RegisteredBrowser = Readonly<z.infer<typeof browser>>;

/** The registered browsers of people. Faults of the store pass through: a store that is away is not "none". */
export interface RegisteredBrowsers {
  listOf(owner: PersonId): Promise<readonly RegisteredBrowser[]>;
  /** The key of a browser of this very person. */
  findKey(owner: PersonId, keyId: string): Promise<BrowserKey | undefined>;
  /** Takes a browser in; one that is there already is replaced. `too_many` beyond ten. */
  register(owner: PersonId, entry: RegisteredBrowser): Promise<'registered' | 'too_many'>;
  /** True when it was there. */
  remove(owner: PersonId, keyId: string): Promise<boolean>;
}

function parse(json: string): readonly RegisteredBrowser[] {
  try {
    return stored.parse(JSON.parse(json)).browsers;
  } catch (cause) {
    throw new Fault('state_corrupt', "A person's registered browsers could not be read from the store.", { cause });
  }
}

/** Builds the registry: one record for each person, so that two registrations at once cannot exceed the limit. */
export function createRegisteredBrowsers(store: StateStore): RegisteredBrowsers {
  async function load(owner: PersonId) {
    const read = await store.read('registered_browsers', personKeyInLines(owner));
    return read.found === 'record'
      ? { browsers: parse(read.record.value), version: read.record.version }
      : { browsers: [], version: 0 };
  }

  async function rewrite<Outcome>(
    owner: PersonId,
    change: (browsers: readonly RegisteredBrowser[]) => {
      readonly outcome: Outcome;
      readonly browsers: readonly RegisteredBrowser[] | undefined;
    },
    isClosing = false,
  ): Promise<Outcome> {
    for (let attempt = 0; attempt < writeAttempts; attempt += 1) {
      const { browsers, version } = await load(owner);
      const next = change(browsers);
      if (next.browsers === undefined) return next.outcome;
      const { issuer, subject } = owner;
      const written = await store.write({
        kind: 'registered_browsers',
        key: personKeyInLines(owner),
        value: JSON.stringify({ issuer, subject, browsers: next.browsers }),
        expectedVersion: version,
        isDurable: true,
        isClosing,
      });
      if (written.outcome === 'written') return next.outcome;
    }
    throw new Fault('state_conflict', 'The registered browsers were changed elsewhere at the same time. Try again.');
  }

  return {
    listOf: async (owner) => (await load(owner)).browsers,

    findKey: async (owner, keyId) => {
      const found = (await load(owner)).browsers.find((one) => one.keyId === keyId);
      return found === undefined ? undefined : readBrowserKey(found.jwk);
    },

    register: (owner, entry) =>
      rewrite<'registered' | 'too_many'>(owner, (browsers) => {
        const others = browsers.filter(({ keyId }) => keyId !== entry.keyId);
        return others.length >= mostBrowsers
          ? { outcome: 'too_many', browsers: undefined }
          : { outcome: 'registered', browsers: [...others, entry] };
      }),

    remove: (owner, keyId) =>
      rewrite(
        owner,
        (browsers) => {
          const others = browsers.filter((one) => one.keyId !== keyId);
          const wasThere = others.length < browsers.length;
          return { outcome: wasThere, browsers: wasThere ? others : undefined };
        },
        true,
      ),
  };
}
