import type { AuthenticationMethod, SourcePosition } from '../decision/decision.ts';
import type { Facts } from '../decision/facts.ts';

/** A set of IP networks, compiled. */
export interface NetworkSet {
  /** The configured names, for explanations. */
  readonly names: readonly string[];
  /** What it holds, as CIDRs; absent in a set that stands for no written one. */
  readonly ranges?: readonly string[] | undefined;
  contains(address: string): boolean;
}

/** A path glob, compiled: `*` is one segment or a part of one, `**` any number of segments. */
export interface PathPattern {
  readonly source: string;
  /** Exact comparison: for grants. */
  matches(canonicalPath: string): boolean;
  /** Whether any careless reading of the path fits: decoded further, in another case, width or normal form. For denials (security-rules.md 17). */
  matchesAnyCase(canonicalPath: string): boolean;
}

export interface AuthenticationRequirement {
  /** Any one of them; never empty. */
  readonly methods: readonly AuthenticationMethod[];
  readonly maxAgeMs: number | undefined;
}

/** One claim and the values that will do: any one of them; a claim that is a list is met by any of its items. */
export interface ClaimRequirement {
  /** The claim's name; a dot leads into an object. */
  readonly claim: string;
  readonly values: ReadonlySet<string | number | boolean>;
}

/** Days in the order of JavaScript's `getUTCDay`. */
export const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

export type Weekday = (typeof weekdays)[number];

/** Hours as they were read: minutes since midnight, of the days on which they begin. */
export interface HoursSettings {
  readonly days?: readonly Weekday[] | undefined;
  readonly from: number;
  readonly to: number;
  readonly zone: string;
}

/** Opening hours on the wall clock of a zone, daylight saving included. */
export interface Hours {
  /** True when this instant lies in them. */
  contains(nowMs: number): boolean;
  /** The next instant at which they begin, for "opens at"; `undefined` when they never do. */
  nextOpeningMs(nowMs: number): number | undefined;
  /** IANA name of the zone, so that a time is told as it is there. */
  readonly zone: string;
  /** As written, for explanations: `mon-fri 07:00-20:00 Europe/Berlin`. */
  readonly source: string;
}

/** A CEL condition, parsed and checked against the types of the facts. */
export interface Expression {
  readonly source: string;
  readonly at: SourcePosition;
  /** The claims that it reads, for the audit trail. */
  readonly claims: readonly string[];
  /** The texts in it, where it reads the person's groups: those that are groups are told to the app. */
  readonly groups: readonly string[];
  /** What it reads beside: `request`, `user`, `claims`, `device`, `risk`, `auth`, `now`. */
  readonly reads: readonly string[];
  /** Throws when it fails (security-rules.md 14): a missing claim, a wrong type. `undefined`: it depends on a fact that is not known. */
  evaluate(facts: Facts): boolean | undefined;
}
