import type { AuthenticationMethod, RuleMode, SourcePosition } from '../decision/decision.ts';
import type { Facts } from './facts.ts';

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
  /** What it reads beside: `request`, `user`, `claims`, `device`, `risk`, `auth`, `now`. */
  readonly reads: readonly string[];
  /** Throws when it fails (security-rules.md 14): a missing claim, a wrong type. `undefined`: it depends on a fact that is not known. */
  evaluate(facts: Facts): boolean | undefined;
}

/** Whom a rule in mode `partial` acts on. */
export interface Rollout {
  /** 0 to 100. */
  readonly percent: number;
  readonly by: 'user' | 'group' | 'device';
  /** Always acted on, whatever the percentage. */
  readonly include: ReadonlySet<string>;
  /** Never acted on; wins over `include`. */
  readonly exclude: ReadonlySet<string>;
}

interface RuleBase {
  readonly id: string;
  readonly at: SourcePosition;
  readonly provider: string | undefined;
  readonly groups: ReadonlySet<string> | undefined;
  /** Canonical addresses. */
  readonly emails: ReadonlySet<string> | undefined;
  /** Canonical domains. */
  readonly domains: ReadonlySet<string> | undefined;
  /** Upper case. */
  readonly methods: ReadonlySet<string> | undefined;
  readonly paths: readonly PathPattern[] | undefined;
  readonly networks: NetworkSet | undefined;
  readonly claims?: readonly ClaimRequirement[] | undefined;
  /** Ids of services. */
  readonly services?: ReadonlySet<string> | undefined;
  readonly hours?: Hours | undefined;
  readonly when?: Expression | undefined;
  /** Absent: `enforce`. Rules that are `off` are left out of the policy. */
  readonly mode?: RuleMode | undefined;
  /** Only, and always, with `partial`. */
  readonly rollout?: Rollout | undefined;
}

/** A rule that opens the route when every key of it holds. */
export interface Grant extends RuleBase {
  readonly effect: 'allow';
  /** The posture that the device must pass. */
  readonly device: string | undefined;
  readonly auth: AuthenticationRequirement | undefined;
  readonly risk: { readonly below: number } | undefined;
  /** What the route's segment asks beside; nothing of it replaces a key of this grant. */
  readonly segment?: SegmentRequirement | undefined;
}

/** What a segment adds to each grant of its routes, those of services too (security-rules.md 16): the grant's keys and these must all hold. */
export interface SegmentRequirement {
  /** Of the segment. */
  readonly name: string;
  /** Where its `require` stands. */
  readonly at: SourcePosition;
  /** Every key that a grant can have, compiled as a grant's, so that a new key of grants is one of segments too. */
  readonly keys: Omit<Grant, 'segment'>;
}

/** A rule that closes the route when every key of it holds, whatever any grant says. */
export interface Denial extends RuleBase {
  readonly effect: 'deny';
  /** The posture that the device must fail. */
  readonly deviceFails: string | undefined;
  readonly risk: { readonly above: number } | undefined;
  readonly userMessage: Readonly<Record<string, string>> | undefined;
}

/** What to do when risk stands in the way. */
export type RiskAction = 'step_up' | 'deny';

/** Denies, and more: `end_session` ends the session, `lock` all of the person's, and no new one begins. */
export type EndingAction = 'end_session' | 'lock';

/** What happens at a level of risk where a grant says nothing of its own. */
export interface RiskResponse {
  readonly mediumFrom: number;
  readonly highFrom: number;
  readonly medium: RiskAction | EndingAction | 'allow';
  readonly high: RiskAction | EndingAction;
  /** How long `lock` holds; absent: until it is lifted. */
  readonly lockForMs?: number | undefined;
}

/** The rules of one route, in file order. */
export interface RoutePolicy {
  readonly route: string;
  readonly isPublic: boolean;
  readonly grants: readonly Grant[];
  readonly denials: readonly Denial[];
  /** How many rules of the route are off; they are in neither list. Absent: none. */
  readonly rulesOff?: number | undefined;
  /** Postures that any rule names: only these are judged for a request. */
  readonly postures: readonly string[];
  readonly riskResponse: RiskResponse;
  /** Methods that the providers of this configuration can prove in a step-up; used when risk asks for one and the grant names none. */
  readonly stepUpMethods: readonly AuthenticationMethod[];
}
