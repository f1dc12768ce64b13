import type { AuthenticationMethod, RuleMode, SourcePosition } from '../decision/decision.ts';
import type { DenialValues, GrantValues } from './conditions/all-conditions.ts';
import type { RiskResponse } from './risk-response.ts';

export type { RiskResponse } from './risk-response.ts';
export type {
  AuthenticationRequirement,
  Expression,
  NetworkSet,
  PathPattern,
} from './rule-values.ts';

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
  /** Absent: `enforce`. Rules that are `off` are left out of the policy. */
  readonly mode?: RuleMode | undefined;
  /** Only, and always, with `partial`. */
  readonly rollout?: Rollout | undefined;
}

/** A rule that opens the route when every key of it holds. */
export interface Grant extends RuleBase, GrantValues {
  readonly effect: 'allow';
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
export interface Denial extends RuleBase, DenialValues {
  readonly effect: 'deny';
  readonly userMessage: Readonly<Record<string, string>> | undefined;
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
