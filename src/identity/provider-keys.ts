import { jsonOf, type ProviderAnswer } from './provider-calls.ts';

/** A provider's signing keys, as it serves them. */
export interface ProviderKeys {
  /**
   * The keys to check a token with. Asks the provider when none are known or they are old, and at once for a key that is
   * not among them: providers change keys without notice. Rejects with what asking rejects with.
   * @param keyId the token's `kid`; `undefined`: it names none
   */
  answerFor(keyId: string | undefined): Promise<ProviderAnswer>;
}

/** As long as a key that a provider has withdrawn may still count. */
const keptMs = 300_000;
/** Unknown keys that are asked for out of turn: a flood of tokens with made-up keys asks no oftener. */
const mostEarlyAsks = 3;
const earlyWindowMs = 60_000;

interface Kept {
  readonly answer: ProviderAnswer;
  readonly keyIds: ReadonlySet<unknown>;
  readonly askedAtMs: number;
}

export function createProviderKeys(deps: {
  readonly ask: () => Promise<ProviderAnswer>;
  readonly now: () => number;
}): ProviderKeys {
  let kept: Kept | undefined;
  let asking: Promise<Kept> | undefined;
  let earlyAsksMs: readonly number[] = [];

  function ask(): Promise<Kept> {
    asking ??= askNow().finally(() => {
      asking = undefined;
    });
    return asking;
  }

  async function askNow(): Promise<Kept> {
    const askedAtMs = deps.now();
    const answer = await deps.ask();
    const fresh = { answer, keyIds: keyIdsOf(answer), askedAtMs };
    // An error page is passed on once, and not kept in the place of keys.
    if (answer.status === 200) kept = fresh;
    return fresh;
  }

  function mayAskEarly(nowMs: number): boolean {
    const recent = earlyAsksMs.filter((atMs) => atMs <= nowMs && nowMs - atMs < earlyWindowMs);
    const isAllowed = recent.length < mostEarlyAsks;
    earlyAsksMs = isAllowed ? [...recent, nowMs] : recent;
    return isAllowed;
  }

  return {
    async answerFor(keyId) {
      const nowMs = deps.now();
      const isYoung = kept !== undefined && nowMs >= kept.askedAtMs && nowMs - kept.askedAtMs < keptMs;
      if (kept === undefined || !isYoung) return (await ask()).answer;
      if (keyId === undefined || kept.keyIds.has(keyId)) return kept.answer;
      // Whoever comes while it is asked waits for the same answer.
      if (asking === undefined && !mayAskEarly(nowMs)) return kept.answer;
      return (await ask()).answer;
    },
  };
}

function keyIdsOf(answer: ProviderAnswer): ReadonlySet<unknown> {
  const json = jsonOf(answer);
  const keys: unknown = typeof json === 'object' && json !== null ? Reflect.get(json, 'keys') : undefined;
  if (!Array.isArray(keys)) return new Set();
  return new Set(keys.map((key: unknown) => (typeof key === 'object' && key !== null ? Reflect.get(key, 'kid') : key)));
}

/** The key that the ID Token of a token answer says it is signed with. Unproved: it only says which keys to fetch. */
export function keyIdOf(answer: ProviderAnswer): string | undefined {
  const json = jsonOf(answer);
  const token: unknown = typeof json === 'object' && json !== null ? Reflect.get(json, 'id_token') : undefined;
  if (typeof token !== 'string') return undefined;
  try {
    const header: unknown = JSON.parse(Buffer.from(token.split('.', 1)[0] ?? '', 'base64url').toString('utf8'));
    const keyId: unknown = typeof header === 'object' && header !== null ? Reflect.get(header, 'kid') : undefined;
    return typeof keyId === 'string' ? keyId : undefined;
  } catch {
    return undefined;
  }
}
