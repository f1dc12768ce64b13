import type { AuthenticationMethod, SourcePosition } from '../../decision/decision.ts';
import type { ClaimFacts } from '../../decision/facts.ts';
import type { ReasonCode } from '../../decision/reason.ts';

/** What is given of a request that nobody has made: durations and instants in milliseconds. What is not given is unknown. */
export interface Given {
  readonly provider?: string | undefined;
  /** A machine asks, and no person. */
  readonly service?: string | undefined;
  readonly user?: string | undefined;
  readonly email?: string | undefined;
  readonly email_verified: boolean;
  readonly groups?: readonly string[] | undefined;
  readonly claims?: ClaimFacts | undefined;
  readonly device?:
    | Readonly<Record<string, 'pass' | { readonly fail: readonly string[]; readonly warned?: number | undefined }>>
    | undefined;
  /** How long ago each was proved. */
  readonly auth?: Readonly<Partial<Record<AuthenticationMethod, number | undefined>>> | undefined;
  readonly risk?: number | undefined;
  readonly network?: string | undefined;
  readonly address?: string | undefined;
  readonly now?: number | undefined;
}

/** A test of the file: what is given, what is asked for, what must come out. */
export interface PolicyTest {
  readonly name: string;
  readonly at: SourcePosition;
  readonly given: Given;
  readonly request: { readonly method: string; readonly path?: string | undefined };
  readonly accept?: readonly string[] | undefined;
  readonly step_up?: readonly string[] | undefined;
  readonly deny?: Readonly<Record<string, ReasonCode>> | undefined;
}

/** A named network in a question. */
export interface NetworkExample {
  /** An address in it. */
  readonly address: string;
  /** Other named networks that have addresses in common with it: an address in it does not say whether it is in those. */
  readonly overlaps: readonly string[];
}
