import type { ReasonCode } from './reason.ts';

/** What an identity provider's tokens can prove. */
export const providerMethods = ['password', 'otp', 'passkey'] as const;

/** Every way of proving who one is: `registered_browser` is proved to us, by the key that a browser keeps. */
export const authenticationMethods = [...providerMethods, 'registered_browser'] as const;

/** A way of proving who one is. Each has a time of its own (security-rules.md 4). */
export type AuthenticationMethod = (typeof authenticationMethods)[number];

/** Where in the configuration something was said. Lines and columns count from 1. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** What a condition or a rule came to. Unknown is not false (security-rules.md 14). */
export type Verdict = 'hit' | 'miss' | 'unknown';

/**
 * A key of a rule that can be met or not, as the file spells it: `groups`, `device_fails`. Those that there are stand in
 * policy/conditions/; a record may hold one of a later Postern.
 */
export type ConditionKey = string;

export interface ConditionResult {
  readonly key: ConditionKey;
  readonly verdict: Verdict;
  /** Set when the segment asked for it, not the rule itself. */
  readonly segment?: SegmentReference | undefined;
}

/** A segment and where it says what it requires. */
export interface SegmentReference {
  readonly name: string;
  readonly at: SourcePosition;
}

/** How a rule takes part. `report_only` is only written down; one that is `partial` acts on a part of the people. */
export type RuleMode = 'report_only' | 'partial' | 'enforce';

/** One rule of the route, as it came out for this request. Rules that are `off` are not looked at. */
export interface RuleResult {
  readonly rule: string;
  readonly effect: 'allow' | 'deny';
  readonly at: SourcePosition;
  readonly verdict: Verdict;
  readonly conditions: readonly ConditionResult[];
  /** Absent: `enforce`. */
  readonly mode?: RuleMode | undefined;
  /** False when the mode kept the rule from having an effect on this request; what it would have done is in `verdict`. Absent: it acts. */
  readonly isActing?: boolean | undefined;
  /** For `partial`: where this person or device falls, 0 to 99; absent when there was nothing to go by. */
  readonly bucket?: number | undefined;
}

/** What a person must prove anew before the answer can be yes. */
export interface StepUpNeed {
  /** Any one of these will do; never empty. */
  readonly methods: readonly AuthenticationMethod[];
  /** How old the proof may be, in milliseconds; `undefined` when any age of this session will do. */
  readonly maxAgeMs: number | undefined;
  /** The proof must be younger than this instant: set when it has to answer a risk signal. */
  readonly notBeforeMs: number | undefined;
}

/** One check of a posture as the person may see it. */
export interface CheckResult {
  readonly check: string;
  readonly result: 'pass' | 'fail' | 'unknown' | 'stale';
  /** The value that was seen; absent when nothing was. */
  readonly value?: string | number | boolean;
  /** Who said so: `self` (the device), `admin`, or a provider's id. */
  readonly source?: string;
  readonly asOfMs?: number;
  readonly helpUrl?: string;
}

/** What a person may know of the lock that keeps them out. */
export interface LockNotice {
  readonly on: 'person' | 'session' | 'device' | 'route';
  /** Absent: until somebody lifts it. */
  readonly untilMs?: number | undefined;
  /** What the administrator wrote for the person. */
  readonly message?: string | undefined;
}

/** When a route opens again. */
export interface NextOpening {
  readonly atMs: number;
  /** IANA name. */
  readonly zone: string;
}

/** A rule that its mode kept from acting, and what it would have done. */
export interface ReportedRule {
  readonly rule: RuleResult;
  /** `not_evaluated`: some key of the grant could not be told; which ones is in `unknown`. */
  readonly result: 'would_allow' | 'would_deny' | 'would_step_up' | 'not_evaluated';
  readonly unknown: readonly ConditionKey[];
}

interface Ruled {
  /** Each rule of the route that was looked at, in file order. Written out when it is first read. */
  readonly trace: readonly RuleResult[];
  /** What rules would have done that their mode kept from acting; absent where the route has none that would. */
  readonly reported?: readonly ReportedRule[] | undefined;
}

export interface Allow extends Ruled {
  readonly outcome: 'allow';
  readonly reason: 'granted' | 'public_route' | 'preflight';
  /** The grant that opened the route; `undefined` for public routes and preflights. */
  readonly grant: RuleResult | undefined;
}

export interface SignIn extends Ruled {
  readonly outcome: 'sign_in';
  readonly reason: 'login_required' | 'session_expired' | 'session_revoked';
}

export interface StepUp extends Ruled {
  readonly outcome: 'step_up';
  readonly reason: 'step_up_required' | 'reauth_required';
  readonly need: StepUpNeed;
}

export interface Deny extends Ruled {
  readonly outcome: 'deny';
  readonly reason: Exclude<ReasonCode, Allow['reason'] | SignIn['reason'] | StepUp['reason']>;
  /** The denial that closed the route, or the grant that came nearest; `undefined` where no rule was involved. */
  readonly rule?: RuleResult | undefined;
  /** The posture's checks, when the device is the reason. */
  readonly checks?: readonly CheckResult[] | undefined;
  /** The posture that these are the checks of. */
  readonly posture?: string | undefined;
  /** When the hours of the rule begin next, and the zone that they are told in, for `outside_hours`. */
  readonly nextOpening?: NextOpening | undefined;
  /** For `account_locked`. */
  readonly lock?: LockNotice | undefined;
  /** What the rule's author wrote for the person, by language. */
  readonly userMessage?: Readonly<Record<string, string>> | undefined;
}

/** The answer to one request. Anything but `allow` reaches no upstream. */
export type Decision = Allow | SignIn | StepUp | Deny;
