import type { SecureContextOptions } from 'node:tls';
import type { SourcePosition } from '../decision/decision.ts';
import type { PathPattern, RoutePolicy } from '../policy/rule.ts';
import type { LocalText } from './values/local-text.ts';
import type { Picture } from './values/picture.ts';
import type { SegmentNetworks } from './values/upstream-address.ts';

/** One route, compiled: where it is, what its rules are, and how its app is spoken to. */
export interface Route {
  /** Position in `snapshot.routes`: lets metrics use arrays in place of label hashing. */
  readonly index: number;
  readonly name: string;
  readonly title: LocalText;
  readonly description: LocalText | undefined;
  /** The heading that the portal shows it under; absent: none. */
  readonly group?: LocalText | undefined;
  /** Absent: its title's first letter. */
  readonly icon?: Picture | undefined;
  readonly at: SourcePosition;
  /** `https://payroll.corp.example`, as configured: the audience of assertions. */
  readonly origin: string;
  /** Lower case, no port, no trailing dot. */
  readonly host: string;
  readonly match: RouteMatch;
  readonly target: RouteTarget;
  readonly owner: string | undefined;
  readonly disclose: 'kind' | 'requirements';
  readonly apiPaths: readonly { matches(canonicalPath: string): boolean }[];
  readonly policy: RoutePolicy;
  readonly identity: ToldIdentity;
  /** How the path is changed on the way to the app; rules speak of the one before. Absent: not at all. */
  readonly rewrite?: PathRewrite | undefined;
  /** How its upstreams are asked whether they are well. Absent: they are not. */
  readonly healthCheck?: HealthCheck | undefined;
  /** Lower-case names. */
  readonly setRequestHeaders: readonly (readonly [name: string, value: string])[];
  readonly removeRequestHeaders: ReadonlySet<string>;
  /** Bounds of the route's own in place of those of `server.limits`. Absent: none. */
  readonly limits?: { readonly requestTimeoutMs?: number; readonly bodyBytes?: number } | undefined;
  /** True where the app is told of the client in `X-Forwarded-Port`, `X-Real-IP` and `Forwarded` too. Absent: false. */
  readonly tellsAllForwarded?: boolean | undefined;
  /** What is done to the headers of the app's answers. Absent: nothing. */
  readonly responseHeaders?: ResponseHeaderChanges | undefined;
  /** Slashes in paths that its app takes as they are, though others would read them otherwise. */
  readonly keptSlashes: ReadonlySet<'encoded_slashes' | 'doubled_slashes'>;
  /** True where a service worker of the app answers navigations, so that its host cannot ask anybody to sign in. */
  readonly hasServiceWorker?: boolean | undefined;
  /** Paths to which pages of other sites may post, with a person's click in between. Absent: none. */
  readonly crossSitePosts?: ReadonlySet<string> | undefined;
  readonly allowWebsockets: boolean;
  /** How a handshake is refused: by an HTTP status, or accepted and closed with a code that page script can read. */
  readonly websocketDeny: 'http' | 'close';
  /** Origins that may read answers across origins; empty: none. */
  readonly corsOrigins: ReadonlySet<string>;
  /** True where scripts of any origin may read answers of ours; of public routes alone. */
  readonly isReadableByAll: boolean;
}

/** A piece of a header that tells who asks. */
export type ToldPart =
  | { readonly text: string }
  | { readonly fact: 'user' | 'email' | 'name' | 'groups' }
  | { readonly claim: string };

/** What an assertion is signed with (RFC 7518, RFC 8037). */
export const assertionAlgorithms = ['ES256', 'EdDSA'] as const;
export type AssertionAlgorithm = (typeof assertionAlgorithms)[number];

/** What an app is told of who asks. */
export interface ToldIdentity {
  /** Which groups of a person; `all`: whatever they are. */
  readonly groups: 'all' | { readonly source: string; has(group: string): boolean };
  /** Names of claims. */
  readonly claims: readonly string[];
  /** Plain headers by lower-case names, beside the assertion. One of which a part is not known is not sent. */
  readonly headers: readonly { readonly name: string; readonly parts: readonly ToldPart[] }[];
  /** Absent: none is sent. */
  readonly assertion: { readonly lifetimeMs: number; readonly algorithm: AssertionAlgorithm } | undefined;
  /** How long one header may be, in bytes. */
  readonly limitBytes: number;
}

/** Which paths of its host a route takes. */
export type RouteMatch =
  | { readonly kind: 'prefix' | 'exact'; readonly path: string }
  | { readonly kind: 'regex'; readonly pattern: PathPattern };

/** A path that surely is the route's, to lead people there; a regular expression names none. */
export function frontPathOf({ match }: Pick<Route, 'match'>): string | undefined {
  return match.kind === 'regex' ? undefined : match.path;
}

/** A question to each upstream of a route, asked by each process. */
export interface HealthCheck {
  /** With its query where it has one. */
  readonly path: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** What becomes of a path on the way to an app. Both end without a slash; empty: nothing. */
export interface PathRewrite {
  /** What is taken away at its start. */
  readonly strip: string;
  /** What is put before the rest. */
  readonly add: string;
}

/** What a route changes in the headers of its app's answers. */
export interface ResponseHeaderChanges {
  /** Origins and hosts of the app as only Postern sees them, in lower case: where an answer names one, the outer one is meant. Absent: none is looked for. */
  readonly innerHosts?: ReadonlySet<string> | undefined;
  /** Lower-case names, those that are set among them. */
  readonly remove: ReadonlySet<string>;
  /** Name, value, name, value … */
  readonly set: readonly string[];
}

/** An answer that a route gives itself. */
export interface OwnAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly body: string;
  readonly retryAfterSeconds: number | undefined;
}

/** Which host an app is told in `Host`. */
export type SentHost = { readonly kind: 'client' | 'upstream' } | { readonly kind: 'text'; readonly host: string };

/** `next` hands an allowed request to the Express app that Postern is mounted in. */
export type RouteTarget =
  | { readonly kind: 'next' }
  | {
      readonly kind: 'redirect';
      readonly status: number;
      readonly location: string;
      /** True where path and query of the request come behind the location. */
      readonly keepsPath: boolean;
    }
  | { readonly kind: 'respond'; readonly answer: OwnAnswer }
  | {
      readonly kind: 'upstreams';
      readonly urls: readonly URL[];
      readonly serverName: string | undefined;
      /** PEM. */
      readonly ca: string | undefined;
      readonly clientCertificate: Pick<SecureContextOptions, 'cert' | 'key'> | undefined;
      /** How large the head of an answer may be. Absent: 16 KiB, as Node has it. */
      readonly headerBytes?: number | undefined;
      /** The Host header that the app gets: what people typed, that of the upstream, or this one. Absent: what people typed. */
      readonly hostHeader?: SentHost | undefined;
      /** The route's segment; its networks are the only ones that are dialled. */
      readonly segment?: SegmentNetworks | undefined;
    };

/** Finds routes: exact host, then an exact `path`, then the longest prefix at a segment border, then the first `regex` of the file. */
export interface RouteTable {
  hasHost(host: string): boolean;
  find(host: string, canonicalPath: string): Route | undefined;
}
