import { isIntroducedByItsKey } from './audit-key.ts';
import type { Introduction } from './audit-line.ts';
import type { AuditBreak, ChainReport, KeyUse } from './verify-chain.ts';

/** Which keys a verification believes. */
export interface TrustedKeys {
  /** Thumbprints. */
  readonly keyIds: readonly string[];
  /** What the state knows of keys that followed each other, whatever became of the files that tell it too. */
  readonly introductions: readonly Introduction[];
  /** When the first of them was made: what another key signed before belongs to a state of before. `undefined`: not known. */
  readonly sinceMs: number | undefined;
}

/** How long whoever runs may take until it signs with the new key, in ms; a checkpoint is due every 5 s. */
const takeOverMs = 60_000;

export interface KeyJudgement {
  readonly breaks: ReadonlyMap<ChainReport, AuditBreak>;
  /** Chains that only a key of before this state's signed: in themselves whole, and by whom is not known. */
  readonly unconfirmed: readonly ChainReport[];
}

/**
 * Looks at who signed. A key that a believed one introduced is believed, and the one of before is not any more from then
 * on. What another key signed is a break, unless it is from before there were keys in this state.
 */
export function judgeKeys(chains: readonly ChainReport[], trusted: TrustedKeys): KeyJudgement {
  const told = [...trusted.introductions, ...chains.flatMap((chain) => chain.introductions)];
  const introductions = told.filter(isIntroducedByItsKey);
  const believed = believedKeys(trusted.keyIds, introductions);
  const replacedAtMs = new Map<string, number>();
  for (const { by_key_id, at_ms, key_id } of introductions)
    if (believed.has(key_id)) replacedAtMs.set(by_key_id, Math.min(at_ms, replacedAtMs.get(by_key_id) ?? at_ms));
  const breaks = new Map<ChainReport, AuditBreak>();
  const unconfirmed: ChainReport[] = [];
  for (const chain of chains) {
    const problems = chain.keyUses.map((use) => problemOf(use, believed, replacedAtMs));
    const at = problems.findIndex((problem) => problem !== undefined);
    const use = chain.keyUses[at];
    const detail = problems[at];
    if (use === undefined || detail === undefined) continue;
    const isOfBefore =
      trusted.sinceMs !== undefined && chain.keyUses.every((one) => one.lastAtMs < (trusted.sinceMs ?? 0));
    if (isOfBefore && !believed.has(use.keyId)) unconfirmed.push(chain);
    else breaks.set(chain, { file: use.file, line: use.line, problem: 'key_unknown', detail });
  }
  return { breaks, unconfirmed };
}

function believedKeys(first: readonly string[], introductions: readonly Introduction[]): ReadonlySet<string> {
  const believed = new Set(first);
  for (let size = -1; size !== believed.size; ) {
    size = believed.size;
    for (const { key_id, by_key_id } of introductions) if (believed.has(by_key_id)) believed.add(key_id);
  }
  return believed;
}

function problemOf(
  { keyId, lastAtMs }: KeyUse,
  believed: ReadonlySet<string>,
  replacedAtMs: ReadonlyMap<string, number>,
): string | undefined {
  if (!believed.has(keyId)) return `The key ${keyId} is not one of yours.`;
  const replaced = replacedAtMs.get(keyId);
  if (replaced === undefined || lastAtMs <= replaced + takeOverMs) return undefined;
  return `The key ${keyId} was replaced at ${new Date(replaced).toISOString()}, and signed after that.`;
}
