import type * as z from 'zod';
import type { AuthenticationMethod, SourcePosition } from '../../decision/decision.ts';
import type { Hours, HoursSettings, NetworkSet, PathPattern } from '../rule-values.ts';

type Text<Value = string> = z.ZodType<Value, string>;

/** The kinds of text that keys of rules are made of. How each is read, refused and shown to editors is the configuration's. */
export interface ConditionWords {
  /** The name of something that the file defines. */
  readonly name: Text;
  readonly line: (maxLength: number, example: string) => Text;
  readonly email: Text;
  readonly domain: Text;
  readonly method: Text;
  readonly authenticationMethod: z.ZodType<AuthenticationMethod, AuthenticationMethod>;
  /** A glob, one exact path, or a regular expression; comes out as a text that tells which. */
  readonly pathEntry: z.ZodType<string, string | { path: string } | { regex: string }>;
  /** A condition in CEL, checked. */
  readonly expression: Text;
  /** Comes out in minutes since midnight. */
  readonly timeOfDay: Text<number>;
  readonly zone: Text;
  /** Comes out in milliseconds. */
  readonly duration: (minMs: number) => Text<number>;
}

/** What compiling a rule needs from the rest of the configuration. */
export interface RuleContext {
  /** One set for equal lists. */
  readonly setOf: (values: readonly string[] | undefined) => ReadonlySet<string> | undefined;
  readonly namedNetworks: (names: readonly string[]) => NetworkSet;
  /** One for equal hours, so that what is found out about them is found out once. */
  readonly hoursOf: (hours: HoursSettings) => Hours;
  /** One for equal lists. */
  readonly pathsOf: (entries: readonly string[]) => readonly PathPattern[];
  readonly positionOf: (path: readonly (string | number)[]) => SourcePosition;
}

/** How times are written where facts are explained. */
export interface Wording {
  /** `15m` */
  readonly duration: (ms: number) => string;
  /** `13:58` */
  readonly clockTime: (ms: number) => string;
  /** `4 min before` */
  readonly ageBefore: (ms: number, nowMs: number) => string;
}

/** What is said of a fact that there is none of. */
export type Absent = 'not given' | 'not known';

/** What a question about a request that nobody has made says of it, as far as it can settle that something is absent. */
export interface GivenFacts {
  readonly user?: string | undefined;
  readonly email?: string | undefined;
  readonly claims?: object | undefined;
  readonly device?: object | undefined;
}
