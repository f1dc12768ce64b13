import type { ClaimValue } from '../../decision/facts.ts';

/** Somebody whom rules speak of, while they are put together. */
export interface SampleDraft {
  /** What tells them from anybody, in words: `of corp`, `from office`. */
  readonly who: readonly string[];
  readonly provider?: string | undefined;
  readonly service?: string | undefined;
  readonly groups: readonly string[];
  readonly email?: string | undefined;
  readonly claims: Readonly<Record<string, ClaimValue>>;
  readonly address: string;
  /** Postures that their device fails. */
  readonly failing: readonly string[];
  readonly nowMs: number;
}

/** One of several of whom a key holds. Of choices on one axis each stands apart; those of two axes are combined. */
export interface SampleChoice {
  readonly axis: 'membership' | 'address';
  apply(from: SampleDraft): SampleDraft;
}

/** How many values of a key are tried. */
export const mostOfKey = 6;

/** Adds words to a draft, and what goes with them. */
export function sampledAs(from: SampleDraft, word: string, change: Partial<SampleDraft>): SampleDraft {
  return { ...from, ...change, who: [...from.who, word] };
}
